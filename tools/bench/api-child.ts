import { createSecretKey } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openApiServer } from '../../apps/api/open-api-server.ts';
import { findWorst } from '../../libs/flow/review/review.store.ts';
import { listFindings, tenantIdSchema } from '@lib/contract';
import { openIdentity, openTenancy, operatorPass, type Identity, type Tenancy } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import { openDatabase, type Statement } from '@lib/platform/db';
import { hashSecret } from '@lib/platform/http';
import { openForge } from '@lib/platform/forge';
import { openOidc, openWorkflowTokens } from '@lib/platform/oidc';
import { publicReach } from '@lib/platform/outbound';
import { localKeyring } from '@lib/platform/kms';
import { folderStore } from '@lib/platform/objects';
import { openLog } from '@lib/platform/telemetry';
import { z } from 'zod';

// One server of the API bench in a process of its own. It tells its port, and its CPU time whenever it is asked.
const settings = z
  .object({
    BENCH_VARIANT: z.enum(['open', 'unchecked', 'base', 'aegis']),
    BENCH_API_URL: z.string(),
    BENCH_IDENTITY_URL: z.string(),
    BENCH_FOLDER: z.string(),
    BENCH_TENANT: tenantIdSchema,
    BENCH_ADMIN_URL: z.string(),
  })
  .parse(process.env);

const tenancy = openTenancy(openDatabase({ url: settings.BENCH_API_URL, poolMax: 10, applicationName: 'bench' }));
const identity = openIdentity(openDatabase({ url: settings.BENCH_IDENTITY_URL, poolMax: 5, applicationName: 'bench' }));
const context = {
  tenantId: settings.BENCH_TENANT,
  actor: { type: 'system', id: 'bench' },
  pass: operatorPass(settings.BENCH_ADMIN_URL, settings.BENCH_TENANT),
} as const;
const port = settings.BENCH_VARIANT === 'aegis' ? await openAegis() : await openBare(settings.BENCH_VARIANT);
process.on('message', () => process.send?.({ cpu: process.cpuUsage() }));
process.on('disconnect', () => process.exit(0));
process.send?.({ port });

async function openAegis(): Promise<number> {
  const benchLog = openLog({ destination: { write: () => true }, service: 'api' });
  const kms = await localKeyring({ folder: settings.BENCH_FOLDER });
  const mac = (message: Uint8Array): Uint8Array => kms.mac('object-retention', message);
  const server = await openApiServer(
    {
      tenancy,
      identity,
      kms,
      secrets: kms,
      forge: openForge({ signer: kms, clock: systemClock, log: benchLog, reach: publicReach }),
      forgePlace: { webUrl: 'https://github.test', apiUrl: 'https://api.github.test', publicOrigin: undefined },
      objects: await folderStore({ folder: `${settings.BENCH_FOLDER}/objects`, clock: systemClock, mac }),
      logKeys: { kms, host: 'audit.bench' },
      clock: systemClock,
      ids: systemIds,
      log: benchLog,
      cursorKey: createSecretKey(Buffer.alloc(32, 1)),
      challengeKey: createSecretKey(Buffer.alloc(32, 2)),
      domainKey: createSecretKey(Buffer.alloc(32, 3)),
      oidc: openOidc({ reach: publicReach, clock: systemClock }),
      workflowTokens: openWorkflowTokens({ reach: publicReach, clock: systemClock }),
      findTextRecords: () => Promise.resolve([]),
      allowedFolders: [],
      workDirectory: undefined,
      checkReady: () => Promise.resolve([]),
    },
    {
      host: '127.0.0.1',
      port: 0,
      trustedProxies: 0,
      secure: false,
      publicOrigin: undefined,
      webFolder: undefined,
      requestsPerMinute: 1e9,
    },
  );
  return server.port;
}

/**
 * node:http, the same statements through the same doors, JSON.stringify. `base` looks the credential up and passes query and answer
 * through the same schemas; `unchecked` leaves the schemas out; `open` serves anybody. None has a router, limits, headers or a log.
 */
async function openBare(variant: 'open' | 'unchecked' | 'base'): Promise<number> {
  const statement = await captureStatement(tenancy);
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      if (variant !== 'open') await checkCaller(identity, request.headers.authorization);
      if (variant === 'base') listFindings.query.parse(Object.fromEntries(new URL(request.url ?? '', 'http://bench').searchParams));
      const rows = await tenancy.withTenantOnce(context, 'bench', (tx) => tx.query(statement));
      const page = { items: rows.slice(0, 50), nextCursor: 'x', total: rows[0]?.['total'] };
      const checked = variant === 'base' ? listFindings.answers[200].schema.parse(page) : page;
      const text = JSON.stringify(checked);
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) });
      response.end(text);
    };
    answer().catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}

async function checkCaller({ findCredential }: Identity, authorization = ''): Promise<void> {
  if ((await findCredential(hashSecret(authorization.slice('Bearer '.length)))) === undefined) throw new Error('not signed in');
}

/** The statement that the product runs, taken from the product as it runs. */
async function captureStatement({ withTenantOnce }: Tenancy): Promise<Statement> {
  let seen: Statement | undefined;
  await withTenantOnce(context, 'bench', (tx) => {
    const watched = {
      ...tx,
      query: (statement: Statement) => {
        seen = statement;
        return tx.query(statement);
      },
    };
    return findWorst(watched, {}, { after: undefined, limit: 50 });
  });
  if (seen === undefined) throw new Error('no statement was run');
  return seen;
}
