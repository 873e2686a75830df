import { limits } from '@lib/contract';
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { tellLostLines } from '@lib/guard/audit';
import { openIdentity, openTenancy } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import type { ApiSettings } from '@lib/platform/config';
import { checkServer, closeDatabase, openDatabase } from '@lib/platform/db';
import { openGithub } from '@lib/platform/forge';
import type { OpenServer } from '@lib/platform/http';
import { openOidc, openWorkflowTokens, providerReach } from '@lib/platform/oidc';
import { findTextRecords } from '@lib/platform/outbound';
import type { ServiceLog } from '@lib/platform/telemetry';
import { openVault } from '@lib/platform/vault';
import { readinessOf } from './check-ready.ts';
import { openApiServer } from './open-api-server.ts';

const apiPoolMax = 20; // live views poll in turn; a request holds one connection for milliseconds
const identityPoolMax = 5; // one look-up by primary key a request

/** Opens everything that the API uses, then the API. `close` goes the other way. Errors: Faults of the database, the keyring, the port. */
export async function openApi(settings: ApiSettings, log: ServiceLog): Promise<OpenServer> {
  const embedded = settings.AEGIS_ENVIRONMENT === 'embedded';
  await checkServer({ url: settings.AEGIS_API_DATABASE_URL, mayBeOld: embedded });
  const { kms, objects } = await openVault({ keys: settings.AEGIS_KEYS, objects: settings.AEGIS_OBJECTS }, systemClock);
  const database = openDatabase({
    url: settings.AEGIS_API_DATABASE_URL,
    poolMax: apiPoolMax,
    applicationName: 'aegis-api',
    pooled: settings.AEGIS_DATABASE_POOLED,
    lockMs: limits.requestLockMs,
  });
  const lookUps = openLookUps(settings);
  const tenancy = tellLostLines(openTenancy(database), { clock: systemClock, ids: systemIds, log });
  const cursorKey = Buffer.from(settings.AEGIS_CURSOR_KEY, 'hex');
  const identity = openIdentity(lookUps);
  const notes = embedded ? ['embedded: one machine, bundled database'] : [];
  const server = await openApiServer(
    {
      tenancy,
      identity,
      kms,
      secrets: kms,
      forge: openGithub(settings, { signer: kms, log }),
      forgePlace: {
        webUrl: settings.AEGIS_GITHUB_WEB_URL,
        apiUrl: settings.AEGIS_GITHUB_API_URL,
        publicOrigin: settings.AEGIS_PUBLIC_ORIGIN,
      },
      objects,
      logKeys: { kms, host: settings.AEGIS_AUDIT_HOST },
      clock: systemClock,
      ids: systemIds,
      log,
      cursorKey: createSecretKey(cursorKey),
      challengeKey: keyFor(cursorKey, 'aegis challenges'), // keys have one purpose
      domainKey: keyFor(cursorKey, 'aegis domains'),
      oidc: openOidc({ reach: providerReach(settings), clock: systemClock }),
      workflowTokens: openWorkflowTokens({ reach: providerReach(settings), clock: systemClock }),
      findTextRecords,
      allowedFolders: settings.AEGIS_ALLOWED_FOLDERS,
      workDirectory: settings.AEGIS_WORK_DIRECTORY,
      checkReady: readinessOf(tenancy, identity, notes),
    },
    {
      host: settings.AEGIS_HTTP_HOST,
      port: settings.AEGIS_HTTP_PORT,
      trustedProxies: settings.AEGIS_TRUSTED_PROXIES,
      secure: settings.AEGIS_SECURE_COOKIES,
      publicOrigin: settings.AEGIS_PUBLIC_ORIGIN,
      webFolder: settings.AEGIS_WEB_DIRECTORY,
    },
  );
  return {
    ...server,
    close: async () => {
      await server.close();
      await Promise.all([closeDatabase(database), closeDatabase(lookUps)]);
    },
  };
}

function keyFor(key: Uint8Array, purpose: string): KeyObject {
  return createSecretKey(createHmac('sha256', key).update(purpose).digest());
}

function openLookUps(settings: ApiSettings): ReturnType<typeof openDatabase> {
  return openDatabase({
    url: settings.AEGIS_IDENTITY_DATABASE_URL,
    poolMax: identityPoolMax,
    applicationName: 'aegis-api-identity',
    pooled: settings.AEGIS_DATABASE_POOLED,
  });
}
