import { limits } from '@lib/contract';
import { staffRoutes, type StaffDeps } from '@lib/flow/access';
import { openPlainServer, rateLimiter } from '@lib/platform/http';
import type { Log } from '@lib/platform/telemetry';

/** Where the program of staff listens and how browsers reach it: an origin of its own. */
export type StaffPlace = {
  readonly host: string;
  readonly port: number;
  readonly trustedProxies: number;
  readonly secure: boolean;
  readonly publicOrigin: string | undefined;
  readonly webFolder: string | undefined;
};

/** A listening server. */
export type StaffServer = { readonly port: number; readonly pageServed: boolean; readonly close: () => Promise<void> };

/** Opens it over its parts. `__Host-`: browsers take the cookie from this very host over https alone, and from no other path or domain. */
export function openStaffServer(deps: StaffDeps, log: Log, { secure, webFolder, ...place }: StaffPlace): Promise<StaffServer> {
  return openPlainServer({
    ...place,
    log,
    secure,
    routes: staffRoutes(deps),
    cookie: secure ? '__Host-aegis_staff' : 'aegis_staff',
    perStranger: rateLimiter(limits.rateFailuresPerMinute, deps.clock),
    page: webFolder === undefined ? undefined : { folder: webFolder, clientRoutes: ['/'] },
  });
}
