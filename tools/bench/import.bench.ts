import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { jobIdSchema, repositoryIdSchema, tenantIdSchema, type ScanId } from '@lib/contract';
import { recordFindings } from '@lib/flow/findings';
import { streamCounter } from '@lib/flow/scan';
import { openTenancy } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import { closeDatabase, openDatabase, withAdmin } from '@lib/platform/db';
import { localKeyring } from '@lib/platform/kms';
import { folderStore } from '@lib/platform/objects';
import { importResults } from '../../libs/flow/scan/import-results/import-results.ts';
import { withBenchDatabase, type BenchDatabase } from './bench-database.ts';
import { rounded, type Figure } from './figure.ts';

const resultCount = 13_000;
const firstMsMax = 10_000;
const againMsMax = 5_000;
const tenantId = tenantIdSchema.parse('00000000-0000-4000-8000-000000000001');
const repositoryId = repositoryIdSchema.parse('00000000-0000-4000-8000-000000000003');

/**
 * A log of 13,000 results from its arrival to the end of its scan, in one process: read, left for the worker, sealed, written. Then the same log
 * again; then one with a result more, which is recorded in full over what is known.
 */
export async function bench(): Promise<readonly Figure[]> {
  return withBenchDatabase(async (database) => {
    const importer = await openImporter(database);
    try {
      const log = logOf(resultCount);
      const firstMs = await timed(() => importer.take(log));
      const againMs = await timed(() => importer.take(log));
      const changedMs = await timed(() => importer.take(logOf(resultCount + 1)));
      const detail = { results: resultCount, bytes: log.length, firstMs, againMs, changedMs };
      return [
        { name: 'import/first', ratio: rounded(firstMsMax / firstMs), goal: '>= 1 (10 s)', ok: firstMs <= firstMsMax, detail },
        { name: 'import/again', ratio: rounded(againMsMax / againMs), goal: '>= 1 (5 s)', ok: againMs <= againMsMax, detail },
        {
          name: 'import/again-with-one-more',
          ratio: rounded(firstMsMax / changedMs),
          goal: '>= 1 (10 s)',
          ok: changedMs <= firstMsMax,
          detail,
        },
      ];
    } finally {
      await importer.close();
    }
  });
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return Math.round(performance.now() - startMs);
}

function logOf(count: number): Buffer {
  const results = Array.from({ length: count }, (_, index) => {
    const region = {
      startLine: (index % 900) + 1,
      startColumn: 5,
      endColumn: 60,
      snippet: { text: `db.query("select ${String(index)}" + id);` },
    };
    const place = (line: number) => ({
      physicalLocation: {
        artifactLocation: { uri: `src/modules/m${String(index % 600)}/handler.ts` },
        region: { ...region, startLine: line },
      },
    });
    return {
      ruleId: `js/rule-${String(index % 80)}`,
      level: 'error',
      message: { text: `This query depends on a [user-provided value](1), which reaches it by way number ${String(index)}.` },
      locations: [place(region.startLine)],
      partialFingerprints: { primaryLocationLineHash: `${index.toString(16).padStart(16, '0')}:1` },
      codeFlows: [
        {
          threadFlows: [{ locations: [3, 5, region.startLine].map((line) => ({ location: { ...place(line), message: { text: 'id' } } })) }],
        },
      ],
    };
  });
  const rules = Array.from({ length: 80 }, (_, index) => ({
    id: `js/rule-${String(index)}`,
    shortDescription: { text: `Rule number ${String(index)}` },
    help: { text: 'Bind the value instead of writing it into the text of the statement.' },
    properties: { tags: ['security', 'external/cwe/cwe-089'], 'security-severity': '8.8', precision: 'high' },
  }));
  return Buffer.from(
    JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 'CodeQL', version: '2.20.0', rules } }, results }] }),
  );
}

type Importer = { readonly take: (log: Buffer) => Promise<void>; readonly close: () => Promise<void> };

async function openImporter(database: BenchDatabase): Promise<Importer> {
  const scratch = mkdtempSync(join(tmpdir(), 'aegis-import-bench-'));
  chmodSync(scratch, 0o711);
  const kms = await localKeyring({ folder: join(scratch, 'keys') });
  const objects = await folderStore({
    folder: join(scratch, 'objects'),
    clock: systemClock,
    mac: (message) => kms.mac('object-retention', message),
  });
  const front = openDatabase({ url: database.urlFor('aegis_api'), poolMax: 2, applicationName: 'bench-api' });
  const back = openDatabase({ url: database.urlFor('aegis_worker'), poolMax: 2, applicationName: 'bench-worker' });
  const common = { clock: systemClock, ids: systemIds, workDirectory: join(scratch, 'work') };
  const api = {
    ...common,
    tenancy: openTenancy(front),
    cursorKey: createSecretKey(randomBytes(32)),
    streams: streamCounter(1),
  };
  const worker = { ...common, tenancy: openTenancy(back), kms, objects };
  await kms.createTenantKey(tenantId);
  await withAdmin(database, (admin) =>
    admin.run(
      'plant',
      `insert into app.tenant (tenant_id, name) values ('${tenantId}', 'bench');
       insert into app.repository (tenant_id, id, name, source) values ('${tenantId}', '${repositoryId}', 'bench', '{"kind":"archive"}')`,
    ),
  );
  const pass = database.pass(tenantId);
  const id = randomUUID();
  const caller = {
    tenantId,
    actor: { type: 'token', id },
    pass,
    requestId: id,
    client: { name: 'bench' },
    credential: { kind: 'token', id },
    member: null,
  } as const;
  return {
    take: async (log) => {
      const raw = { stream: Readable.from([log]), bytes: log.length, sha256: undefined };
      const taken = await importResults(api, { caller, params: { repositoryId }, raw, slot: undefined });
      if (!taken.ok) throw new Error(taken.error.code);
      if (taken.value.state !== 'succeeded') await record(taken.value.id);
    },
    close: async () => {
      await Promise.all([closeDatabase(front), closeDatabase(back)]);
      rmSync(scratch, { recursive: true, force: true });
    },
  };

  async function record(scanId: ScanId): Promise<void> {
    const rows = await withAdmin(database, (admin) =>
      admin.rows(
        'start',
        `update app.job set state = 'running', attempts = 1, lease_until = now() + interval '1 hour'
        where payload ->> 'scanId' = $1 and kind = 'findings.record' returning id`,
        [scanId],
      ),
    );
    const id = jobIdSchema.parse(rows[0]?.['id']);
    await recordFindings(worker, {
      id,
      kind: 'findings.record',
      tenantId,
      payload: { tenantId, scanId },
      attempt: 1,
      pass,
      signal: new AbortController().signal,
    });
  }
}
