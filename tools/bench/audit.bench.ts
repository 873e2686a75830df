import { hash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type AuditDraft, limits, tenantIdSchema } from '@lib/contract';
import { decodeEntryBundle } from '@lib/engine/tlog';
import { recordAudit, startSequencer, verifyAuditLog } from '@lib/guard/audit';
import { memorySource } from '../../libs/flow/export/bundle/bundle-source.ts';
import { verifyBundle } from '../../libs/flow/export/bundle/verify-bundle.ts';
import { renewedPass } from '../../libs/guard/tenancy/renewed-pass.ts';
import { type TenantContext, openTenancy } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import { type Database, closeDatabase, openDatabase, withAdmin } from '@lib/platform/db';
import { type LocalKeyring, localKeyring } from '@lib/platform/kms';
import { openLog } from '@lib/platform/telemetry';
import { type BenchDatabase, withBenchDatabase } from './bench-database.ts';
import { sampleBundle, sampleLog } from '../tamper/sample-bundle.ts';
import { type Figure, quantile, rounded, shuffled } from './figure.ts';

const appendBatch = 100;
const appendRounds = 60;
const hotClients = 32;
const hotMs = 4_000;
const backlogEvents = 300_000;
const backlogTenants = 20;
const entryCount = 1_000_000;

let server: BenchDatabase | undefined;
const tenantIds = Array.from({ length: backlogTenants }, (_, at) =>
  tenantIdSchema.parse(`00000000-0000-4000-8000-${String(at + 1).padStart(12, '0')}`),
);
const contexts: readonly TenantContext[] = tenantIds.map((tenantId) => ({
  tenantId,
  pass: renewedPass(async () => server?.pass(tenantId).proofFor('aegis_api')),
  actor: { type: 'token', id: '0190f5a0-0000-7000-8000-00000000abcd' },
  requestId: '0190f5a0-0000-7000-8000-00000000ef01',
}));
const hot = contexts[0] ?? failed('a tenant');
const deps = { clock: systemClock, ids: systemIds };
const draft: AuditDraft = {
  action: 'evidence.read',
  outcome: 'success',
  targets: [
    { type: 'finding', id: '0190f5a0-0000-7000-8000-000000000001' },
    { type: 'evidence_pack', id: '0190f5a0-0000-7000-8000-000000000002' },
  ],
};

/**
 * The audit log: appending against the plainest insert of the same bytes and against a chain whose head is locked; draining what has
 * piled up; verifying a long log against nothing but hashing its entries.
 */
export async function bench(): Promise<readonly Figure[]> {
  const keyFolder = mkdtempSync(join(tmpdir(), 'aegis-bench-keys-'));
  try {
    const kms = await localKeyring({ folder: keyFolder });
    for (const { tenantId } of contexts) await kms.createTenantKey(tenantId);
    return await withBenchDatabase(async (database) => {
      server = database;
      await plant(database);
      const pool = openDatabase({ url: database.urlFor('aegis_api'), poolMax: hotClients, applicationName: 'bench' });
      try {
        return [await append(database, pool), await drain(database, kms), await hotTenant(database, pool), await verification()];
      } finally {
        await closeDatabase(pool);
      }
    });
  } finally {
    rmSync(keyFolder, { recursive: true });
  }
}

/** A transaction of 100 events through `recordAudit`, everything included, against one insert of 100 rows with the same bytes. */
async function append(database: BenchDatabase, pool: Database): Promise<Figure> {
  const { withTenant } = openTenancy(pool);
  const raw = new pg.Pool({ connectionString: database.adminUrl, max: 1 });
  raw.on('error', () => undefined);
  const times: Record<'product' | 'raw', number[]> = { product: [], raw: [] };
  const entry = await bytesOfOne(database, pool);
  const variants = {
    product: () => withTenant(hot, 'bench', (tx) => Promise.all(Array.from({ length: appendBatch }, () => recordAudit(tx, draft, deps)))),
    raw: () =>
      raw.query({
        name: 'raw',
        text: 'insert into public.raw (tenant_id, id, entry) select $1, e.id, e.entry from unnest($2::uuid[], $3::bytea[]) as e (id, entry)',
        values: [
          hot.tenantId,
          Array.from({ length: appendBatch }, () => systemIds.uuid()),
          Array.from({ length: appendBatch }, () => entry),
        ],
      }),
  };
  for (let round = -10; round < appendRounds; round += 1) {
    for (const name of shuffled(['product', 'raw'] as const)) {
      const startMs = performance.now();
      await variants[name]();
      if (round >= 0) times[name].push(performance.now() - startMs);
    }
  }
  await raw.end();
  const perSecond = (name: 'product' | 'raw'): number => Math.round((appendBatch / quantile(times[name], 0.5)) * 1000);
  const ratio = quantile(times.raw, 0.5) / quantile(times.product, 0.5);
  return {
    name: 'audit/durable-append',
    ratio: rounded(ratio),
    goal: '>= 0.7 of the raw batched insert',
    ok: ratio >= 0.7,
    detail: { productPerSecond: perSecond('product'), rawPerSecond: perSecond('raw'), batch: appendBatch, entryBytes: entry.length },
  };
}

/** 300,000 events that have piled up for several tenants, until each has its place under a signed checkpoint. */
async function drain(database: BenchDatabase, kms: LocalKeyring): Promise<Figure> {
  await withAdmin({ adminUrl: database.adminUrl }, async (admin) => {
    await admin.run('empty', 'truncate app.audit_outbox; delete from ops.ready_tenant');
    await admin.run(
      'pile up',
      `insert into app.audit_outbox (tenant_id, id, entry)
       select t.tenant_id, gen_random_uuid(), convert_to(rpad('{"n":' || n || ',"pad":"', 380, 'x') || '"}', 'UTF8')
       from app.tenant t, generate_series(1, ${backlogEvents / backlogTenants}) n;
       insert into ops.ready_tenant (queue, tenant_id) select 'audit', tenant_id from app.tenant`,
    );
    await admin.run('settle', 'vacuum analyze app.audit_outbox');
  });
  const auditPool = openDatabase({ url: database.urlFor('aegis_audit'), poolMax: limits.auditTurnsAtOnce, applicationName: 'bench' });
  const keys = { kms, host: 'audit.bench' };
  const startMs = performance.now();
  const dispatch = openDatabase({ url: database.urlFor('aegis_dispatch'), poolMax: 1, applicationName: 'bench' });
  const sequencer = startSequencer({
    database: auditPool,
    dispatch,
    keys,
    log: openLog({ service: 'bench', destination: process.stderr, level: 'error' }),
  });
  await until(database, `select not exists (select from app.audit_outbox) as done`);
  const ms = performance.now() - startMs;
  await sequencer.stop();
  await Promise.all([closeDatabase(auditPool), closeDatabase(dispatch)]);
  const api = openDatabase({ url: database.urlFor('aegis_api'), poolMax: 1, applicationName: 'bench' });
  const verdict = await verifyAuditLog({ tenancy: openTenancy(api), keys }, hot);
  await closeDatabase(api);
  if (!verdict.ok) throw new Error(`the drained log does not verify: ${String(verdict.reason)}`);
  return {
    name: 'audit/backlog-drain',
    ratio: rounded(ms / 60_000),
    goal: '300,000 events in <= 60 s',
    ok: ms <= 60_000,
    detail: { seconds: rounded(ms / 1000), eventsPerSecond: Math.round(backlogEvents / (ms / 1000)), tenants: backlogTenants },
  };
}

/** One tenant, 32 writers, commits that take 1 ms longer: our append against one head that each writer locks until its commit. */
async function hotTenant(database: BenchDatabase, pool: Database): Promise<Figure> {
  await withAdmin({ adminUrl: database.adminUrl }, async (admin) => {
    for (const [name, value] of [
      ['commit_delay', '1000'],
      ['commit_siblings', '0'],
    ] as const)
      await admin.run('slow commits', `alter system set ${name} = ${value}`);
    await admin.run('slow commits', 'select pg_reload_conf()');
  });
  const { withTenant } = openTenancy(pool);
  const entry = Buffer.alloc(400, 7);
  const chain = new pg.Pool({ connectionString: database.adminUrl, max: hotClients });
  chain.on('error', () => undefined);
  const product = await countWhile(() => withTenant(hot, 'bench', (tx) => recordAudit(tx, draft, deps)));
  const locked = await countWhile(async () => {
    const client = await chain.connect();
    try {
      await client.query('begin');
      await client.query('select head from public.chain where tenant_id = $1 for update', [hot.tenantId]);
      await client.query('insert into public.raw (tenant_id, id, entry) values ($1, $2, $3)', [hot.tenantId, randomUUID(), entry]);
      await client.query('update public.chain set head = sha256(head || $2) where tenant_id = $1', [hot.tenantId, entry]);
      await client.query('commit');
    } finally {
      client.release();
    }
  });
  await chain.end();
  const ratio = product / locked;
  return {
    name: 'audit/hot-tenant',
    ratio: rounded(ratio),
    goal: '>= 10 times the chain lock',
    ok: ratio >= 10,
    detail: { productPerSecond: Math.round(product), chainPerSecond: Math.round(locked), clients: hotClients },
  };
}

async function countWhile(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const endMs = performance.now() + hotMs;
  await Promise.all(
    Array.from({ length: hotClients }, async () => {
      for (; performance.now() < endMs; count += 1) await work();
    }),
  );
  return count / (hotMs / 1000);
}

/** An export of a million entries, as `audit verify` verifies one: signature, every entry, every tile, the root. On this one thread. */
async function verification(): Promise<Figure> {
  const entries = Array.from({ length: entryCount }, (_, at) => Buffer.from(`{"n":${at},"pad":"`.padEnd(380, 'x').concat('"}')));
  const bundle = await sampleBundle({ ...sampleLog(0), entries }, { views: [], proofs: [] });
  const bundles = [...bundle.files].filter(([path]) => path.startsWith('tile/entries/')).map(([, bytes]) => bytes);
  const times: Record<'verify' | 'plain', number[]> = { verify: [], plain: [] };
  const variants = {
    verify: async () => {
      const verdict = await verifyBundle(memorySource(bundle.files), { key: bundle.key });
      if (!verdict.ok || verdict.checked.entries !== entryCount) failed('a bundle that verifies');
    },
    plain: () => {
      for (const each of bundles) for (const entry of entriesOf(each)) hash('sha256', entry, 'binary');
      return Promise.resolve();
    },
  };
  for (let round = -1; round < 5; round += 1) {
    for (const name of shuffled(['verify', 'plain'] as const)) {
      const startMs = performance.now();
      await variants[name]();
      if (round >= 0) times[name].push(performance.now() - startMs);
    }
  }
  const [verifyMs, plainMs] = [quantile(times.verify, 0.25), quantile(times.plain, 0.25)];
  const ratio = plainMs / verifyMs;
  return {
    name: 'audit/verify-million',
    ratio: rounded(ratio),
    goal: '>= 0.5 of plain hashing, <= 15 s',
    ok: ratio >= 0.5 && verifyMs <= 15_000,
    detail: { verifySeconds: rounded(verifyMs / 1000), plainSeconds: rounded(plainMs / 1000), entries: entryCount },
  };
}

function entriesOf(bundle: Uint8Array): readonly Uint8Array[] {
  const entries = decodeEntryBundle(bundle);
  return entries.ok ? entries.value : failed(entries.error.code);
}

async function plant({ adminUrl }: BenchDatabase): Promise<void> {
  await withAdmin({ adminUrl }, async (admin) => {
    for (const { tenantId } of contexts)
      await admin.rows('tenant', 'insert into app.tenant (tenant_id, name) values ($1, $2)', [tenantId, 'bench']);
    await admin.run(
      'plant',
      `create table public.raw (tenant_id uuid not null, id uuid not null, entry bytea not null, primary key (tenant_id, id));
       create table public.chain (tenant_id uuid primary key, head bytea not null);
       insert into public.chain select tenant_id, sha256('') from app.tenant`,
    );
  });
}

/** The bytes that the product makes of the draft. */
async function bytesOfOne({ adminUrl }: BenchDatabase, pool: Database): Promise<Buffer> {
  await openTenancy(pool).withTenant(hot, 'bench', (tx) => recordAudit(tx, draft, deps));
  const [row] = await withAdmin({ adminUrl }, (admin) => admin.rows('bytes', 'select entry from app.audit_outbox limit 1'));
  const entry = row?.['entry'];
  return entry instanceof Uint8Array ? Buffer.from(entry) : failed('an entry');
}

async function until({ adminUrl }: BenchDatabase, question: string): Promise<void> {
  await withAdmin({ adminUrl }, async (admin) => {
    for (;;) {
      const [row] = await admin.rows('look', question);
      if (row?.['done'] === true) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
}

function failed(what: string): never {
  throw new Error(`the bench has no ${what}`);
}
