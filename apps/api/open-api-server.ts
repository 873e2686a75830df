import { limits } from '@lib/contract';
import { endReusedSession } from '@lib/flow/identity';
import { openAnswers } from '@lib/guard/idempotency';
import { openServer, rateLimiter, type OpenServer } from '@lib/platform/http';
import { apiDocument } from './api-document.ts';
import type { ApiParts } from './api-parts.ts';
import { apiRoutes } from './api-routes.ts';
import { apiModule } from './api.module.ts';
import { checkMeant } from './check-meant.ts';
import { findScanRepository } from './scan-repository.store.ts';
import { clientRoutes } from './client-routes.ts';
import { version } from './version.ts';

/** Where the API listens and how browsers reach it. */
export type ApiPlace = {
  readonly host: string;
  readonly port: number;
  readonly trustedProxies: number;
  readonly secure: boolean;
  readonly publicOrigin: string | undefined;
  readonly webFolder: string | undefined;
  readonly requestsPerMinute?: number;
};

/** Opens the API over its parts. Close what it returns before the parts. */
export function openApiServer(parts: ApiParts, place: ApiPlace): Promise<OpenServer> {
  const { log, clock, ids, tenancy, identity } = parts;
  return openServer({
    module: apiModule(parts),
    routes: apiRoutes,
    door: {
      log,
      clock,
      findCredential: identity.findCredential,
      rotateSession: identity.rotateSession,
      reportReuse: (credential, request) => endReusedSession(parts, credential, request),
      repositoryOfScan: (caller, scanId) =>
        tenancy.withTenantOnce(caller, 'find the repository of a scan', (tx) => findScanRepository(tx, scanId)),
      answers: openAnswers(tenancy, ids),
      checkPresence: (caller, question) => checkMeant(parts, caller, question),
      secure: place.secure,
      publicOrigin: place.publicOrigin,
      perCredential: rateLimiter(place.requestsPerMinute ?? limits.rateRequestsPerMinute, clock),
      perStranger: rateLimiter(limits.rateFailuresPerMinute, clock),
    },
    document: apiDocument(version),
    ...(place.webFolder === undefined
      ? {}
      : { dashboard: { folder: place.webFolder, clientRoutes, formOrigins: { '/connect': new URL(parts.forgePlace.webUrl).origin } } }),
    host: place.host,
    port: place.port,
    trustedProxies: place.trustedProxies,
  });
}
