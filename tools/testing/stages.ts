import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  auditEventSchema,
  jobIdSchema,
  repositoryIdSchema,
  scanIdSchema,
  tenantIdSchema,
  type AnalyzerName,
  type FindingDraft,
  type JobKind,
  type JobPayload,
  type RepositoryId,
  type ScanId,
  type TenantId,
} from '@lib/contract';
import type { RunningJob } from '@lib/guard/jobs';
import { openScan, scanFolder, type ScanFolder } from '@lib/guard/scans';
import { openTenancy, type Tenancy, type TenantContext } from '@lib/guard/tenancy';
import type { Clock, Ids } from '@lib/kernel';
import { systemClock, systemIds } from '@lib/platform/clock';
import { closeDatabase, openDatabase, type Database } from '@lib/platform/db';
import { openForge, type Forge } from '@lib/platform/forge';
import { publicReach, type Reach } from '@lib/platform/outbound';
import { openLog } from '@lib/platform/telemetry';
import { localKeyring, type LocalKeyring } from '@lib/platform/kms';
import { folderStore, type ObjectStore } from '@lib/platform/objects';
import { testDatabase, type TestDatabase } from './database.ts';

/** A scan of a test, and where its stages leave things. */
export type TestScan = {
  readonly tenantId: TenantId;
  readonly repositoryId: RepositoryId;
  readonly scanId: ScanId;
  readonly folder: ScanFolder;
  readonly context: TenantContext;
};

/** A job that a test holds in a worker's place. */
export type HeldJob<K extends JobKind> = {
  readonly job: Omit<RunningJob, 'kind' | 'payload'> & { readonly kind: K; readonly payload: JobPayload<'ingest.seal'> };
  readonly abort: (reason: Error) => void;
};

type Rows = readonly Readonly<Record<string, unknown>>[];

/** What the handlers of a scan's stages need, for real: database as the worker's role, keys, evidence store, work folder. */
export type Stages = {
  readonly database: TestDatabase;
  readonly deps: {
    readonly forge: Forge;
    readonly reach: Reach;
    readonly tenancy: Tenancy;
    readonly dispatch: Database;
    readonly clock: Clock;
    readonly ids: Ids;
    readonly kms: LocalKeyring;
    readonly objects: ObjectStore;
    readonly workDirectory: string;
  };
  readonly scratch: string;
  readonly addTenant: () => Promise<TenantId>;
  readonly addRepository: (tenantId: TenantId, path?: string) => Promise<RepositoryId>;
  /** A scan that was just asked for, with its first event. */
  readonly addScan: (of: { readonly tenantId: TenantId; readonly repositoryId: RepositoryId }, options?: ScanOptions) => Promise<TestScan>;
  /** A job of the scan, started for the n-th time. */
  readonly hold: <K extends JobKind>(scan: TestScan, kind: K) => Promise<HeldJob<K>>;
  readonly scanRow: (scan: TestScan) => Promise<Readonly<Record<string, unknown>>>;
  readonly events: (scan: TestScan) => Promise<Rows>;
  readonly jobs: (scan: TestScan) => Promise<Rows>;
  /** Actions in the tenant's audit log, in order. */
  readonly actions: (tenantId: TenantId) => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
};

export type ScanOptions = { readonly analyzers?: readonly AnalyzerName[]; readonly wallMs?: number };

/** Opens everything. Call `close` in `afterAll`. */
export async function openStages(): Promise<Stages> {
  const database = await testDatabase();
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'aegis-stages-')));
  chmodSync(scratch, 0o755); // an unprivileged analyzer passes through
  const workDirectory = join(scratch, 'work');
  mkdirSync(workDirectory, { mode: 0o711 });
  const pool = openDatabase({ url: database.urls.aegis_worker, poolMax: 12, applicationName: 'stages' });
  const dispatch = openDatabase({ url: database.urls.aegis_dispatch, poolMax: 1, applicationName: 'stages-dispatch' });
  const front = openDatabase({ url: database.urls.aegis_api, poolMax: 2, applicationName: 'stages-api' });
  const kms = await localKeyring({ folder: join(scratch, 'keys') });
  const objects = await folderStore({
    folder: join(scratch, 'objects'),
    clock: systemClock,
    mac: (message) => kms.mac('object-retention', message),
  });
  const log = openLog({ destination: { write: () => true }, service: 'stages' });
  const forge = openForge({ signer: kms, clock: systemClock, log, reach: publicReach });
  const deps = {
    forge,
    reach: publicReach,
    tenancy: openTenancy(pool),
    dispatch,
    clock: systemClock,
    ids: systemIds,
    kms,
    objects,
    workDirectory,
  };
  const api = openTenancy(front);
  return {
    database,
    deps,
    scratch,
    addTenant: async () => {
      const tenantId = tenantIdSchema.parse(randomUUID());
      await database.admin('insert into app.tenant (tenant_id, name) values ($1, $2)', [tenantId, 'a tenant']);
      await kms.createTenantKey(tenantId);
      return tenantId;
    },
    addRepository: async (tenantId, path = '/srv/none') => {
      const id = repositoryIdSchema.parse(randomUUID());
      await database.admin('insert into app.repository (tenant_id, id, name, source) values ($1, $2, $3, $4)', [
        tenantId,
        id,
        `repository ${id}`,
        JSON.stringify({ kind: 'folder', path }),
      ]);
      return id;
    },
    addScan: async ({ tenantId, repositoryId }, options = {}) => {
      const scanId = scanIdSchema.parse(randomUUID());
      await database.admin('insert into app.scan (tenant_id, id, repository_id, options, requested_by) values ($1, $2, $3, $4, $5)', [
        tenantId,
        scanId,
        repositoryId,
        JSON.stringify(options),
        'test',
      ]);
      const context = { tenantId, actor: { type: 'worker', id: 'test' }, pass: database.pass(tenantId) } as const;
      await api.withTenant(context, 'open', (tx) => openScan(tx, scanId));
      return { tenantId, repositoryId, scanId, folder: scanFolder(workDirectory, { tenantId, scanId }), context };
    },
    hold: (scan, kind) => holdJob(database, scan, kind),
    scanRow: async ({ scanId }) => {
      const [row = {}] = await database.admin(
        `select state, stage, error_code, finding_count, files_total, encode(tree_sha256, 'hex') as tree_sha256, coverage, commit_id, missing_layers from app.scan where id = $1`,
        [scanId],
      );
      return row;
    },
    events: ({ scanId }) => database.admin('select seq, progress from app.scan_event where scan_id = $1 order by at, seq', [scanId]),
    jobs: ({ scanId }) =>
      database.admin(`select kind, state from app.job where payload ->> 'scanId' = $1 order by created_at, kind`, [scanId]),
    actions: async (tenantId) => {
      const text = `select convert_from(entry, 'utf8') as entry from app.audit_outbox where tenant_id = $1 order by at, id`;
      return (await database.admin(text, [tenantId])).map((row) => auditEventSchema.parse(JSON.parse(String(row['entry']))).action);
    },
    close: async () => {
      await Promise.all([closeDatabase(pool), closeDatabase(front), closeDatabase(dispatch)]);
      await database.drop();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

async function holdJob<K extends JobKind>(database: TestDatabase, scan: TestScan, kind: K): Promise<HeldJob<K>> {
  const id = jobIdSchema.parse(systemIds.uuid());
  const { tenantId, scanId } = scan;
  await database.admin(
    `insert into app.job (tenant_id, id, kind, payload, state, attempts, lease_until) values ($1, $2, $3, $4, 'running', 1, now() + interval '1 hour')`,
    [tenantId, id, kind, JSON.stringify({ tenantId, scanId })],
  );
  const controller = new AbortController();
  const payload = { tenantId, scanId };
  const job = { id, kind, tenantId, payload, attempt: 1, pass: database.pass(tenantId), signal: controller.signal };
  return { job, abort: (reason) => controller.abort(reason) };
}

/** A draft as an analyzer reports it; drafts of one `name` have one fingerprint. */
export function testDraft(name: string, change: Partial<FindingDraft> = {}): FindingDraft {
  const location = { path: `src/${name}.js`, startLine: 3, startColumn: 1, endLine: 3, endColumn: 9 };
  return {
    analyzer: 'sast',
    ruleId: 'js/sql-injection',
    ruleVersion: 1,
    severity: 'high',
    confidence: 'high',
    title: `finding ${name}`,
    message: 'what it is',
    remediation: 'what to do',
    cwe: [89],
    references: [],
    location,
    flow: [],
    excerpt: { startLine: 3, lines: ['db.query(text)'] },
    fileSha256: sha256(`file ${name}`),
    fingerprint: sha256(name),
    ...change,
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
