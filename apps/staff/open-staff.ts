import { createHmac, createSecretKey } from 'node:crypto';
import { openElevation, openStaffDesk, openStaffLogin, openTenancy } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import type { StaffSettings } from '@lib/platform/config';
import { checkServer, closeDatabase, openDatabase } from '@lib/platform/db';
import type { Log } from '@lib/platform/telemetry';
import { openStaffServer, type StaffServer } from './open-staff-server.ts';

const poolMax = 5; // a handful of people

/** Opens everything that the program of staff uses, then its server. It holds no key of a tenant. Errors: Faults of the database, the port. */
export async function openStaff(settings: StaffSettings, log: Log): Promise<StaffServer> {
  await checkServer({ url: settings.AEGIS_STAFF_DATABASE_URL, mayBeOld: settings.AEGIS_ENVIRONMENT === 'embedded' });
  const pooled = settings.AEGIS_DATABASE_POOLED;
  const staff = openDatabase({ url: settings.AEGIS_STAFF_DATABASE_URL, poolMax, applicationName: 'aegis-staff', pooled });
  const lookUps = openDatabase({ url: settings.AEGIS_IDENTITY_DATABASE_URL, poolMax, applicationName: 'aegis-staff-identity', pooled });
  const key = createHmac('sha256', Buffer.from(settings.AEGIS_STAFF_CHALLENGE_KEY, 'hex')).update('aegis staff challenges').digest();
  const server = await openStaffServer(
    {
      login: openStaffLogin(lookUps),
      desk: openStaffDesk(staff),
      tenancy: openTenancy(staff),
      open: (of) => openElevation(staff, of),
      clock: systemClock,
      ids: systemIds,
      challengeKey: createSecretKey(key),
    },
    log,
    {
      host: settings.AEGIS_HTTP_HOST,
      port: settings.AEGIS_STAFF_HTTP_PORT,
      trustedProxies: settings.AEGIS_TRUSTED_PROXIES,
      secure: settings.AEGIS_SECURE_COOKIES,
      publicOrigin: settings.AEGIS_STAFF_ORIGIN,
      webFolder: settings.AEGIS_STAFF_WEB_DIRECTORY,
    },
  );
  return {
    ...server,
    close: async () => {
      await server.close();
      await Promise.all([closeDatabase(staff), closeDatabase(lookUps)]);
    },
  };
}
