import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { drizzle } from 'drizzle-orm/node-postgres';
import { sql as fragment } from 'drizzle-orm';
import { customType, integer, jsonb, pgSchema, smallint, text, uuid } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { findingIdSchema, limits, packIdSchema, repositoryIdSchema, scanIdSchema, tenantIdSchema } from '@lib/contract';
import { bindProof } from '../../libs/guard/tenancy/bind-proof.ts';
import { openTenancy } from '@lib/guard/tenancy';
import { closeDatabase, openDatabase, withAdmin } from '@lib/platform/db';
import { present } from '@lib/kernel';
import { saveFindings } from '../../libs/flow/findings/findings.store.ts';
import { saveBatches } from '../../libs/flow/findings/record-findings/save-batches.ts';
import { withBenchDatabase, type BenchDatabase } from './bench-database.ts';
import { quantile, rounded, shuffled, type Figure } from './figure.ts';

const findingCount = 5_000;
const rounds = 11;
const drizzleRowsPerStatement = 1_500; // 65,535 parameters, 16 columns and more

const tenant = tenantIdSchema.parse('00000000-0000-4000-8000-000000000001');
const scan = scanIdSchema.parse('00000000-0000-4000-8000-000000000002');
const repository = repositoryIdSchema.parse('00000000-0000-4000-8000-000000000003');
const pack = packIdSchema.parse('00000000-0000-4000-8000-000000000004');

/**
 * Findings of one scan with what their tools say and their sightings into the real tables, under forced row-level security with every key and index: the
 * product's statements against drizzle's multi-row insert (same role, same protection) and against the superuser's COPY, which no
 * policy and no conflict check holds up.
 */
export async function bench(): Promise<readonly Figure[]> {
  return withBenchDatabase(async (database) => {
    const times: Record<Variant, number[]> = { product: [], drizzle: [], copy: [], again: [] };
    const variants = openVariants(database);
    try {
      await plant(database);
      for (let round = -1; round < rounds; round += 1) {
        for (const name of shuffled(['product', 'drizzle', 'copy'] as const)) {
          await empty(database);
          const ms = await timed(variants[name]);
          if (round >= 0) times[name].push(ms);
          if (name !== 'product') continue;
          const againMs = await timed(variants.again);
          if (round >= 0) times.again.push(againMs);
        }
      }
    } finally {
      await variants.close();
    }
    return figures(times);
  });
}

type Variant = 'product' | 'drizzle' | 'copy' | 'again';

function figures(times: Readonly<Record<Variant, readonly number[]>>): readonly Figure[] {
  const best = (name: Variant): number => quantile(times[name], 0.25);
  const overDrizzle = best('drizzle') / best('product');
  const overCopy = best('copy') / best('product');
  const rowsPerSecond = (name: Variant): number => Math.round((findingCount / best(name)) * 1000);
  const detail = { productRowsPerSecond: rowsPerSecond('product'), findingCount, rounds };
  return [
    {
      name: 'ingest/over-drizzle',
      ratio: rounded(overDrizzle),
      goal: '>= 4',
      ok: overDrizzle >= 4,
      detail: { ...detail, drizzleRowsPerSecond: rowsPerSecond('drizzle') },
    },
    {
      name: 'ingest/over-copy',
      ratio: rounded(overCopy),
      goal: '>= 0.5',
      ok: overCopy >= 0.5,
      detail: { ...detail, copyRowsPerSecond: rowsPerSecond('copy'), reimportRowsPerSecond: rowsPerSecond('again') },
    },
  ];
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

const findings = Array.from({ length: findingCount }, (_, index) => ({
  id: findingIdSchema.parse(randomUUID()),
  fingerprint: createHash('sha256').update(`finding ${index}`).digest('hex'),
  analyzer: 'sast',
  rule_id: 'js/sql-injection',
  rule_version: 1,
  severity: index % 5,
  confidence: index % 3,
  score: index % 100,
  title: `SQL injection in handler "${index}"\tby req.query.id`,
  path: `src/modules/m${index % 97}/handler.ts`,
  start_line: (index % 3000) + 1,
  detail: {
    message: 'Text of the request reaches a statement without being bound, so that a visitor may change what the statement does.',
    location: { path: `src/modules/m${index % 97}/handler.ts`, startLine: 3, startColumn: 1, endLine: 3, endColumn: 80 },
    excerpt: { startLine: 1, lines: ['const id = req.query.id;', '', 'db.query(`select * from t where id = ${id}`);'] },
    cwe: [89],
    references: ['https://cwe.mitre.org/data/definitions/89.html'],
  },
  content_sha256: createHash('sha256').update(`content ${index}`).digest('hex'),
}));

const sightings = findings.map((finding, index) => ({
  findingId: finding.id,
  evidence: { packId: pack, offset: index * 600, length: 600, leafIndex: index, sha256: finding.fingerprint },
}));

const traits = {
  context: '0'.repeat(32),
  shape: '1'.repeat(32),
  near: '0123'.repeat(20),
  form: '4567'.repeat(20),
  before: '0000',
  after: '1111',
  file: '0'.repeat(16),
  topic: 'query',
};
const reports = findings.map(({ id, fingerprint, rule_id, rule_version, path, start_line }) => ({
  id: randomUUID(),
  finding_id: id,
  tool: 'sast',
  fingerprint,
  rule_id,
  rule_version,
  rank: 0,
  traits: { ...traits, path, place: [start_line, 1, start_line, 80] as [number, number, number, number] },
}));

function openVariants(database: BenchDatabase): Record<Variant, () => Promise<void>> & { close: () => Promise<void> } {
  const pool = openDatabase({ url: database.urlFor('aegis_worker'), poolMax: 1, applicationName: 'bench', statementMs: 60_000 });
  const worker = new pg.Pool({ connectionString: database.urlFor('aegis_worker'), max: 1 });
  const superuser = new pg.Pool({ connectionString: database.adminUrl, max: 1 });
  // the server's farewell may come after the last statement; unheard, it would end the run
  for (const other of [worker, superuser]) other.on('error', () => undefined);
  const context = { tenantId: tenant, actor: { type: 'worker', id: 'bench' }, pass: database.pass(tenant) } as const;
  const product = (): Promise<void> =>
    openTenancy(pool).withTenant(context, 'bench', (tx) =>
      saveBatches(
        tx,
        { repositoryId: repository, scanId: scan },
        {
          count: findingCount,
          at: (index) => ({
            ...present(sightings[index], 'its proof'),
            row: present(findings[index], 'a finding'),
            report: present(reports[index], 'what its tool says'),
          }),
        },
      ),
    );
  return {
    product,
    again: () =>
      openTenancy(pool).withTenant(context, 'bench', async (tx) => {
        for (let start = 0; start < findingCount; start += limits.findingsPerStatementMax)
          await saveFindings(tx, { repositoryId: repository, scanId: scan }, findings.slice(start, start + limits.findingsPerStatementMax));
      }),
    drizzle: async () => byDrizzle(worker, bindProof(await context.pass.proofFor('aegis_worker'), '*')),
    copy: () => byCopy(superuser),
    close: async () => {
      await closeDatabase(pool);
      await worker.end();
      await superuser.end();
    },
  };
}

const app = pgSchema('app');
const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const findingTable = app.table('finding', {
  tenant_id: uuid().notNull(),
  id: uuid().notNull(),
  repository_id: uuid().notNull(),
  fingerprint: bytea().notNull(),
  analyzer: text().notNull(),
  rule_id: text().notNull(),
  rule_version: integer().notNull(),
  severity: smallint().notNull(),
  confidence: smallint().notNull(),
  score: smallint().notNull(),
  title: text().notNull(),
  path: text().notNull(),
  start_line: integer().notNull(),
  state: text().notNull().default('open'),
  detail: jsonb().notNull(),
  first_scan_id: uuid().notNull(),
  last_scan_id: uuid().notNull(),
});
const reportTable = app.table('tool_sighting', {
  tenant_id: uuid().notNull(),
  id: uuid().notNull(),
  repository_id: uuid().notNull(),
  finding_id: uuid().notNull(),
  tool: text().notNull(),
  fingerprint: bytea().notNull(),
  rule_id: text().notNull(),
  rule_version: integer().notNull(),
  rank: smallint().notNull(),
  traits: jsonb().notNull(),
  first_scan_id: uuid().notNull(),
  last_scan_id: uuid().notNull(),
});
const sightingTable = app.table('sighting', {
  tenant_id: uuid().notNull(),
  scan_id: uuid().notNull(),
  finding_id: uuid().notNull(),
  pack_id: uuid().notNull(),
  pack_offset: integer().notNull(),
  pack_length: integer().notNull(),
  leaf_index: integer().notNull(),
  sha256: bytea().notNull(),
});

/** The product's conflict rule. */
const renewed = {
  rule_version: fragment`excluded.rule_version`,
  severity: fragment`excluded.severity`,
  confidence: fragment`excluded.confidence`,
  score: fragment`excluded.score`,
  title: fragment`excluded.title`,
  path: fragment`excluded.path`,
  start_line: fragment`excluded.start_line`,
  detail: fragment`excluded.detail`,
  state: 'open',
  last_scan_id: fragment`excluded.last_scan_id`,
};

async function byDrizzle(pool: pg.Pool, proof: string): Promise<void> {
  await drizzle({ client: pool }).transaction(async (tx) => {
    await tx.execute(fragment`select set_config('app.tenant_proof', ${proof}, true)`);
    for (let start = 0; start < findingCount; start += drizzleRowsPerStatement) {
      const part = findings.slice(start, start + drizzleRowsPerStatement).map((finding) => ({
        ...finding,
        tenant_id: tenant,
        repository_id: repository,
        fingerprint: Buffer.from(finding.fingerprint, 'hex'),
        first_scan_id: scan,
        last_scan_id: scan,
      }));
      await tx
        .insert(findingTable)
        .values(part)
        .onConflictDoUpdate({
          target: [findingTable.tenant_id, findingTable.id],
          set: renewed,
        })
        .returning({ id: findingTable.id, fingerprint: findingTable.fingerprint });
      await tx.insert(reportTable).values(
        reports.slice(start, start + drizzleRowsPerStatement).map((report) => ({
          ...report,
          tenant_id: tenant,
          repository_id: repository,
          fingerprint: Buffer.from(report.fingerprint, 'hex'),
          first_scan_id: scan,
          last_scan_id: scan,
        })),
      );
      await tx.insert(sightingTable).values(
        sightings.slice(start, start + drizzleRowsPerStatement).map(({ findingId, evidence }) => ({
          tenant_id: tenant,
          scan_id: scan,
          finding_id: findingId,
          pack_id: evidence.packId,
          pack_offset: evidence.offset,
          pack_length: evidence.length,
          leaf_index: evidence.leafIndex,
          sha256: Buffer.from(evidence.sha256, 'hex'),
        })),
      );
    }
  });
}

async function byCopy(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await pipeline(
      Readable.from(
        lines(findings, (f) => [
          tenant,
          f.id,
          repository,
          `\\x${f.fingerprint}`,
          f.analyzer,
          f.rule_id,
          f.rule_version,
          f.severity,
          f.confidence,
          f.score,
          f.title,
          f.path,
          f.start_line,
          JSON.stringify(f.detail),
          scan,
          scan,
        ]),
      ),
      client.query(
        copyFrom(
          'copy app.finding (tenant_id, id, repository_id, fingerprint, analyzer, rule_id, rule_version, severity, confidence, score, title, path, start_line, detail, first_scan_id, last_scan_id) from stdin',
        ),
      ),
    );
    await pipeline(
      Readable.from(
        lines(reports, (r) => [
          tenant,
          r.id,
          repository,
          r.finding_id,
          r.tool,
          `\\x${r.fingerprint}`,
          r.rule_id,
          r.rule_version,
          r.rank,
          JSON.stringify(r.traits),
          scan,
          scan,
        ]),
      ),
      client.query(
        copyFrom(
          'copy app.tool_sighting (tenant_id, id, repository_id, finding_id, tool, fingerprint, rule_id, rule_version, rank, traits, first_scan_id, last_scan_id) from stdin',
        ),
      ),
    );
    await pipeline(
      Readable.from(
        lines(sightings, ({ findingId, evidence: e }) => [
          tenant,
          scan,
          findingId,
          e.packId,
          e.offset,
          e.length,
          e.leafIndex,
          `\\x${e.sha256}`,
        ]),
      ),
      client.query(
        copyFrom('copy app.sighting (tenant_id, scan_id, finding_id, pack_id, pack_offset, pack_length, leaf_index, sha256) from stdin'),
      ),
    );
    await client.query('commit');
  } finally {
    client.release();
  }
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** COPY's text format, in chunks large enough for the socket. */
function* lines<T>(rows: readonly T[], cells: (row: T) => readonly (string | number)[]): Generator<Buffer> {
  let chunk = '';
  for (const row of rows) {
    chunk += `${cells(row)
      .map((cell) => String(cell).replace(/[\\\t\n\r]/gu, (found) => escapes[found] ?? found))
      .join('\t')}\n`;
    if (chunk.length < 65_536) continue;
    yield Buffer.from(chunk);
    chunk = '';
  }
  yield Buffer.from(chunk);
}

async function plant({ adminUrl }: BenchDatabase): Promise<void> {
  await withAdmin({ adminUrl }, (admin) =>
    admin.run(
      'plant',
      `insert into app.tenant (tenant_id, name) values ('${tenant}', 'bench');
       insert into app.repository (tenant_id, id, name, source) values ('${tenant}', '${repository}', 'bench', '{}');
       insert into app.scan (tenant_id, id, repository_id, requested_by) values ('${tenant}', '${scan}', '${repository}', 'bench');
       insert into app.evidence_pack (tenant_id, id, scan_id, object_key, object_version, bytes, sha256, merkle_root, entry_count, retain_until)
       values ('${tenant}', '${pack}', '${scan}', 'k', 'v', 1, sha256('x'), sha256('x'), 1, now())`,
    ),
  );
}

async function empty({ adminUrl }: BenchDatabase): Promise<void> {
  await withAdmin({ adminUrl }, async (admin) => {
    await admin.run('empty', 'truncate app.finding, app.sighting, app.tool_sighting cascade');
    await admin.run('settle', 'checkpoint');
  });
}
