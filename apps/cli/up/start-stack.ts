import { join } from 'node:path';
import { bootstrapTenant, type Bootstrapped } from '@lib/flow/identity';
import { openTenancy, operatorPass, rotateProofKey } from '@lib/guard/tenancy';
import { Fault } from '@lib/kernel';
import { systemClock, systemIds } from '@lib/platform/clock';
import { checkServer, closeDatabase, migrate, openDatabase, urlOf, type LoginRole } from '@lib/platform/db';
import { startPostgres } from '@lib/platform/embedded-postgres';
import { localKeyring, type Kms } from '@lib/platform/kms';
import { migrateQueue } from '@lib/platform/queue';
import { z } from 'zod';
import { advisoryPlaces, refreshAdvisories } from '../advisories/refresh-advisories.ts';
import { keepApiAddress } from '../api/api-address.ts';
import type { DataFolder } from './data-folder.ts';
import { keepProcess } from './keep-process.ts';
import { listenOnce } from './listen-once.ts';

/** What start-up needs to know of the checkout and the wishes of whoever starts it. */
export type StackPlan = {
  readonly checkout: string;
  readonly data: DataFolder;
  readonly port: number | undefined;
  readonly allowedFolders: readonly string[];
  readonly say: (line: string) => void;
};

/** Everything is up. `stop` ends it in the order in which nothing is lost. */
export type Stack = {
  readonly base: string;
  readonly port: number;
  readonly databasePid: number;
  readonly processes: { readonly api: () => number | undefined; readonly worker: () => number | undefined };
  readonly databaseUrl: (role: LoginRole) => string;
  /** As whoever administers the server; never logged. */
  readonly adminUrl: string;
  readonly tenant: Bootstrapped;
  readonly notes: readonly string[];
  readonly stop: () => Promise<void>;
};

const readySchema = z.object({ ready: z.literal(true), port: z.int().optional() });
const defaultPort = 4180;
const proofKeyDays = 30; // a start after that makes a new key of the tenants' proofs

/**
 * Starts Postgres, brings its schema up to date, makes the demo tenant, starts the API and the worker.
 * Errors: Faults of each part; what had been started is stopped again.
 */
export async function startStack(plan: StackPlan): Promise<Stack> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    await refreshAdvisories(advisoryPlaces(plan.checkout, plan.data.root));
    const postgres = await startPostgres({ dataDirectory: plan.data.root });
    stops.push(postgres.stop);
    const { passwords, tenantId } = plan.data.secrets;
    const migrations = await migrate({ adminUrl: postgres.adminUrl, directory: join(plan.checkout, 'db/migrations'), passwords });
    const databaseUrl = (role: LoginRole): string => roleUrl(postgres, role, passwords[role]);
    await migrateQueue({ kind: 'postgres', url: databaseUrl('aegis_queue') });
    const server = await checkServer({ url: postgres.adminUrl, mayBeOld: true });
    plan.say(describeDatabase({ version: server.version, reused: postgres.reused, applied: migrations.applied.length }));
    const keys = await localKeyring({ folder: plan.data.keys });
    const adminUrl = urlOf(postgres.adminUrl, 'aegis');
    await rotateProofKey(adminUrl, proofKeyDays);
    const tenant = await makeTenant({ url: databaseUrl('aegis_api'), adminUrl }, keys, tenantId);
    const environment = environmentOf(plan, databaseUrl);
    const { worker, api } = await startBoth(plan, environment, { stops, shredderUrl: databaseUrl('aegis_shredder') });
    const base = `http://127.0.0.1:${String(api.port)}`;
    await keepApiAddress(plan.data.root, { base, token: tenant.cliToken });
    return {
      base,
      port: api.port,
      databasePid: postgres.pid,
      processes: { api: api.pid, worker: worker.pid },
      databaseUrl,
      adminUrl,
      tenant,
      notes: server.note === undefined ? [] : [server.note],
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function roleUrl(server: { readonly host: string; readonly port: number }, role: LoginRole, password: string): string {
  const database = role === 'aegis_queue' ? 'aegis_queue' : 'aegis';
  return `postgresql://${role}:${encodeURIComponent(password)}@${server.host}:${String(server.port)}/${database}`;
}

function describeDatabase(server: { readonly version: string; readonly reused: boolean; readonly applied: number }): string {
  const schema = server.applied === 0 ? 'schema up to date' : `${String(server.applied)} migrations applied`;
  return `PostgreSQL ${server.version}${server.reused ? ' (was still running)' : ''}, ${schema}`;
}

type ServerUrls = { readonly url: string; readonly adminUrl: string };

async function makeTenant({ url, adminUrl }: ServerUrls, kms: Kms, tenantId: Bootstrapped['tenantId']): Promise<Bootstrapped> {
  const database = openDatabase({ url, poolMax: 1, applicationName: 'aegis-start' });
  try {
    const tenant = { tenantId, name: 'Demo', pass: operatorPass(adminUrl, tenantId) };
    return await bootstrapTenant({ tenancy: openTenancy(database), clock: systemClock, ids: systemIds, kms }, tenant);
  } finally {
    await closeDatabase(database);
  }
}

// Built from nothing: neither the user's environment nor another service's secrets reach a child that does not need them.
function environmentOf(plan: StackPlan, databaseUrl: (role: LoginRole) => string): Readonly<Record<string, string>> {
  return {
    PATH: '/usr/bin:/bin',
    TZ: 'UTC',
    LANG: 'C.UTF-8',
    AEGIS_ENVIRONMENT: 'embedded',
    AEGIS_OBJECTS: `folder:${plan.data.objects}`,
    AEGIS_KEYS: `keyring:${plan.data.keys}`,
    AEGIS_API_DATABASE_URL: databaseUrl('aegis_api'),
    AEGIS_IDENTITY_DATABASE_URL: databaseUrl('aegis_identity'),
    AEGIS_WORKER_DATABASE_URL: databaseUrl('aegis_worker'),
    AEGIS_MAIL: `folder:${join(plan.data.root, 'mail')}`,
    AEGIS_AUDIT_DATABASE_URL: databaseUrl('aegis_audit'),
    AEGIS_DISPATCH_DATABASE_URL: databaseUrl('aegis_dispatch'),
    AEGIS_QUEUE_URL: databaseUrl('aegis_queue'),
    AEGIS_WORK_DIRECTORY: plan.data.work, // of the worker and of the API, whose uploads it takes over
    AEGIS_SANDBOX_RUNTIME: join(plan.checkout, 'dist/sandbox'),
    AEGIS_ADVISORIES_DIRECTORY: advisoryPlaces(plan.checkout, plan.data.root).folder,
    AEGIS_WEB_DIRECTORY: join(plan.checkout, 'dist/web'),
    AEGIS_ALLOWED_FOLDERS: plan.allowedFolders.join(':'),
    AEGIS_CURSOR_KEY: plan.data.secrets.cursorKey,
    AEGIS_SECURE_COOKIES: 'false',
  };
}

type Environment = Readonly<Record<string, string>>;

// Side by side: each takes a second or two to load. What did start is noted for the stop even when the other one did not.
async function startBoth(
  plan: StackPlan,
  environment: Environment,
  { stops, shredderUrl }: { readonly stops: (() => Promise<void>)[]; readonly shredderUrl: string },
) {
  const starting = {
    shredder: startShredder(plan, shredderUrl),
    worker: keepProcess({
      name: 'worker',
      script: join(plan.checkout, 'dist/worker.js'),
      environment,
      logFile: join(plan.data.logs, 'worker.log'),
    }),
    api: startApi(plan, environment),
  };
  for (const started of await Promise.allSettled([starting.shredder, starting.worker, starting.api])) {
    if (started.status === 'fulfilled') stops.push(started.value.stop);
  }
  await starting.shredder;
  return { worker: await starting.worker, api: await starting.api };
}

// It gets one role of the database and the folder of keys, and nothing that opens one.
function startShredder(plan: StackPlan, databaseUrl: string): ReturnType<typeof keepProcess> {
  return keepProcess({
    name: 'shredder',
    script: join(plan.checkout, 'dist/shredder.js'),
    environment: {
      PATH: '/usr/bin:/bin',
      TZ: 'UTC',
      LANG: 'C.UTF-8',
      AEGIS_ENVIRONMENT: 'embedded',
      AEGIS_KEYS: `keyring:${plan.data.keys}`,
      AEGIS_SHREDDER_DATABASE_URL: databaseUrl,
    },
    logFile: join(plan.data.logs, 'shredder.log'),
  });
}

type ApiProcess = { readonly port: number; readonly pid: () => number | undefined; readonly stop: () => Promise<void> };

// The port that was asked for, or nothing; without a wish the usual one, and a free one when that is taken (a second checkout).
async function startApi(plan: StackPlan, environment: Environment): Promise<ApiProcess> {
  const start = async (port: number): Promise<ApiProcess> => {
    const settings = { ...environment, AEGIS_HTTP_PORT: String(port) };
    const kept = await keepProcess({
      name: 'API',
      script: join(plan.checkout, 'dist/api.js'),
      environment: settings,
      logFile: join(plan.data.logs, 'api.log'),
    });
    return { port: readySchema.parse(kept.ready).port ?? port, pid: kept.pid, stop: kept.stop };
  };
  if (plan.port !== undefined) {
    if (await portIsFree(plan.port)) return start(plan.port);
    throw new Fault('up.port_in_use', {
      internal: `port ${String(plan.port)}`,
      public: `port ${String(plan.port)} is in use; choose another with --port`,
    });
  }
  if (await portIsFree(defaultPort)) {
    // another start may have been a moment faster; the log tells if it was something else
    const usual = await start(defaultPort).catch(async (error: unknown) => {
      if (await portIsFree(defaultPort)) throw error;
    });
    if (usual !== undefined) return usual;
  }
  return start(await freePort());
}

async function portIsFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== undefined;
}

async function freePort(): Promise<number> {
  return (await listenOnce(0)) ?? 0;
}
