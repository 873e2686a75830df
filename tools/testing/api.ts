import { createSecretKey, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readinessOf } from '../../apps/api/check-ready.ts';
import { openApiServer, type ApiPlace } from '../../apps/api/open-api-server.ts';
import {
  auditEventSchema,
  problemSchema,
  tenantIdSchema,
  type AuditAction,
  type AuditEvent,
  type TenantId,
  type TokenScope,
} from '@lib/contract';
import { bootstrapTenant } from '@lib/flow/identity';
import type { Clock } from '@lib/kernel';
import { openIdentity, openTenancy, type Identity, type Tenancy, type TenantContext } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import { closeDatabase, openDatabase } from '@lib/platform/db';
import { hashSecret, makeSecret } from '@lib/platform/http';
import { openOidc, openWorkflowTokens } from '@lib/platform/oidc';
import { openForge } from '@lib/platform/forge';
import type { Reach } from '@lib/platform/outbound';
import { localKeyring, type LocalKeyring } from '@lib/platform/kms';
import { folderStore, type ObjectStore } from '@lib/platform/objects';
import { openLog } from '@lib/platform/telemetry';
import { z } from 'zod';
import { testDatabase, type TestDatabase } from './database.ts';

/** One tenant of a test, and its way in. */
export type TestTenant = {
  readonly id: TenantId;
  readonly admin: string;
  readonly write: string;
  readonly read: string;
  /** One-time sign-in code that nobody has spent yet. */
  readonly signInCode: string;
  readonly context: TenantContext;
};

/** What a test asks of the API. A body is sent as JSON; `raw` as it is. */
export type Ask = {
  readonly token?: string | undefined;
  readonly body?: unknown;
  /** Bytes, sent as they are with the media type of `headers`. */
  readonly raw?: Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
};

/** An answer, read to its end; `code` is that of a problem. */
export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
  readonly code: string | undefined;
};

/** The API in this process on a port of its own, over a fresh database with two tenants who know nothing of each other. */
export type TestApi = {
  readonly base: string;
  readonly served: readonly string[];
  readonly database: TestDatabase;
  readonly tenancy: Tenancy;
  readonly keyring: LocalKeyring;
  readonly objects: ObjectStore;
  readonly logLines: readonly string[];
  readonly acme: TestTenant;
  readonly other: TestTenant;
  /** One more tenant, for a test that does to it what cannot be undone. */
  readonly addTenant: (name: string) => Promise<TestTenant>;
  /** A folder that may be scanned. */
  readonly folder: string;
  /** Where uploads wait. */
  readonly workDirectory: string;
  readonly ask: (method: string, path: string, ask?: Ask) => Promise<Answer>;
  /** Events of one action that a tenant's transactions have committed and that no sequencer has placed yet. */
  readonly audit: (tenantId: TenantId, action: AuditAction) => Promise<readonly AuditEvent[]>;
  readonly close: () => Promise<void>;
};

/** Where GitHub is for a test (its pages too, unless they are elsewhere), and where it finds us. */
export type TestForge = { readonly url: string; readonly webUrl?: string; readonly origin?: string };

const loopback = { mayReach: () => true, resolve: () => Promise.resolve(['127.0.0.1']), protocols: ['http:'] } as const;

/** What a test puts between the API and its tenants. */
export type Watch = { readonly tenancy: (tenancy: Tenancy) => Tenancy; readonly identity: (identity: Identity) => Identity };

/** The world outside: `records` are what name servers say by name, `reach` what a company's provider may be reached at. */
export type TestOutside = {
  readonly clock?: Clock;
  readonly forge?: TestForge;
  readonly records?: Readonly<Record<string, readonly string[] | undefined>>;
  readonly reach?: Reach;
};

/** Starts the API. `watch` may put something between the API and its tenants. Call `close` in `afterAll`. */
export async function testApi(
  { clock = systemClock, forge, records = {}, reach = loopback, ...where }: Partial<ApiPlace> & TestOutside = {},
  watch: Watch = { tenancy: same, identity: same },
): Promise<TestApi> {
  const database = await testDatabase();
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'aegis-api-')));
  const folder = join(scratch, 'code', 'shop');
  mkdirSync(folder, { recursive: true });
  const api = openDatabase({ url: database.urls.aegis_api, poolMax: 6, applicationName: 'api-test' });
  const look = openDatabase({ url: database.urls.aegis_identity, poolMax: 2, applicationName: 'identity-test' });
  const tenancy = watch.tenancy(openTenancy(api));
  const identity = watch.identity(openIdentity(look));
  const keyring = await localKeyring({ folder: join(scratch, 'keys') });
  const logLines: string[] = [];
  const objects = await folderStore({
    folder: join(scratch, 'objects'),
    clock: systemClock,
    mac: (message) => keyring.mac('object-retention', message),
  });
  const log = openLog({ destination: { write: (line) => logLines.push(line) }, service: 'api-test' });
  const github = forge?.url ?? 'http://github.test';
  const parts = {
    forge: openForge({ signer: keyring, clock: systemClock, log, reach: loopback, paced: false, retryBaseMs: 1 }),
    forgePlace: { webUrl: forge?.webUrl ?? github, apiUrl: github, publicOrigin: forge?.origin ?? 'https://aegis.test' },
    kms: keyring,
    secrets: keyring,
    objects,
    tenancy,
    identity,
    logKeys: { kms: keyring, host: 'audit.test' },
    clock,
    ids: systemIds,
    log,
    cursorKey: createSecretKey(Buffer.alloc(32, 1)),
    challengeKey: createSecretKey(Buffer.alloc(32, 2)),
    domainKey: createSecretKey(Buffer.alloc(32, 3)),
    oidc: openOidc({ reach, clock }),
    workflowTokens: openWorkflowTokens({ reach, clock }),
    findTextRecords: (name: string) => Promise.resolve(name in records ? records[name] : []),
    allowedFolders: [join(scratch, 'code')],
    workDirectory: join(scratch, 'work'),
    checkReady: readinessOf(tenancy, identity, []),
  };
  const acme = await makeTenant(database, { tenancy, keyring }, 'Acme');
  const other = await makeTenant(database, { tenancy, keyring }, 'Other');
  const server = await openApiServer(parts, {
    host: '127.0.0.1',
    port: 0,
    trustedProxies: 0,
    secure: false,
    publicOrigin: undefined,
    webFolder: undefined,
    requestsPerMinute: 100_000,
    ...where,
  });
  const base = `http://127.0.0.1:${String(server.port)}`;
  return {
    base,
    served: server.served,
    database,
    tenancy,
    keyring,
    objects,
    logLines,
    acme,
    other,
    addTenant: (name) => makeTenant(database, { tenancy, keyring }, name),
    folder,
    workDirectory: join(scratch, 'work'),
    audit: (tenantId, action) => readOutbox(database, tenantId, action),
    ask: (method, path, ask = {}) => send(base, { method, path, ask }),
    close: async () => {
      await server.close();
      await Promise.all([closeDatabase(api), closeDatabase(look)]);
      await database.drop();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

const same = <T>(given: T): T => given;

async function makeTenant(
  database: TestDatabase,
  { tenancy, keyring }: { readonly tenancy: Tenancy; readonly keyring: LocalKeyring },
  name: string,
): Promise<TestTenant> {
  const id = tenantIdSchema.parse(randomUUID());
  const deps = { tenancy, clock: systemClock, ids: systemIds, kms: keyring };
  const { cliToken, signInCode } = await bootstrapTenant(deps, { tenantId: id, name, pass: database.pass(id) });
  const context = { tenantId: id, actor: { type: 'system', id: 'test' }, pass: database.pass(id) } as const;
  const [write, read] = [await plantToken(database, id, { scope: 'write' }), await plantToken(database, id, { scope: 'read' })];
  return { id, admin: cliToken, write, read, signInCode, context };
}

/** What a planted token can do and for how long; a negative time has passed already. */
export type PlantedToken = { readonly scope: TokenScope; readonly endsInMs?: number };

/** Plants a token that the API did not make, so that tests of other endpoints do not lean on `createToken`. */
export async function plantToken(
  database: TestDatabase,
  tenantId: TenantId,
  { scope, endsInMs = 3_600_000 }: PlantedToken,
): Promise<string> {
  const secret = makeSecret();
  const id = randomUUID();
  const expires = new Date(Date.now() + endsInMs).toISOString();
  await database.admin(`insert into app.api_token (tenant_id, id, name, scope, expires_at) values ($1, $2, $3, $4, $5)`, [
    tenantId,
    id,
    `planted ${scope}`,
    scope,
    expires,
  ]);
  await database.admin(
    `insert into identity.credential (hash, tenant_id, kind, subject_id, scope, expires_at) values ($1, $2, 'token', $3, $4, $5)`,
    [hashSecret(secret), tenantId, id, scope, expires],
  );
  return secret;
}

async function readOutbox(database: TestDatabase, tenantId: TenantId, action: AuditAction): Promise<readonly AuditEvent[]> {
  const rows = await database.admin(
    `select convert_from(entry, 'utf8') as entry from app.audit_outbox where tenant_id = $1 order by at, id`,
    [tenantId],
  );
  return rows.map((row) => auditEventSchema.parse(JSON.parse(String(row['entry'])))).filter((event) => event.action === action);
}

const problemOf = z.union([
  problemSchema,
  z.object({ schemas: z.tuple([z.literal('urn:ietf:params:scim:api:messages:2.0:Error')]), code: z.string() }),
]);

type Sending = { readonly method: string; readonly path: string; readonly ask: Ask };

async function send(base: string, { method, path, ask }: Sending): Promise<Answer> {
  const headers = new Headers(ask.headers);
  if (ask.token !== undefined) headers.set('authorization', `Bearer ${ask.token}`);
  if (ask.body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json');
  const body = ask.raw ?? (ask.body === undefined ? null : typeof ask.body === 'string' ? ask.body : JSON.stringify(ask.body));
  const answer = await fetch(`${base}${path}`, { method, headers, body, redirect: 'manual' });
  const text = await answer.text();
  const isJson = text !== '' && (answer.headers.get('content-type') ?? '').includes('json');
  const json: unknown = isJson ? JSON.parse(text) : undefined;
  const problem = problemOf.safeParse(json);
  return { status: answer.status, headers: answer.headers, text, json, code: problem.success ? problem.data.code : undefined };
}
