import { findingIdSchema, limits, type FindingDraft } from '@lib/contract';
import { recordPack, evidenceEntry, sealPack } from '@lib/guard/evidence';
import { present } from '@lib/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStages, testDraft, type Stages, type TestScan } from '../../../../tools/testing/stages.ts';
import { findingRow } from './finding-row.ts';
import { readDraft } from './plan-sightings.ts';
import { saveBatches, type ScanSightings } from './save-batches.ts';

let stages: Stages;
beforeAll(async () => {
  stages = await openStages();
});
afterAll(() => stages.close());

const source = { treeSha256: '0'.repeat(64), commit: null };
const count = 2 * limits.findingsPerStatementMax + 3;

async function scanWithProof(): Promise<{
  readonly scan: TestScan;
  readonly findings: ScanSightings;
  readonly drafts: readonly FindingDraft[];
}> {
  const tenantId = await stages.addTenant();
  const scan = await stages.addScan({ tenantId, repositoryId: await stages.addRepository(tenantId) });
  const drafts = Array.from({ length: count }, (_, index) => testDraft(`number ${String(index)}`));
  const owner = { tenantId, scanId: scan.scanId };
  const sealed = await sealPack(stages.deps, {
    ...owner,
    sealedAtMs: Date.now(),
    entries: drafts.map((draft) => evidenceEntry({ ...owner, source, run: { version: '1', ruleDigest: null } }, draft)),
  });
  await stages.deps.tenancy.withTenant(scan.context, 'test', (tx) => recordPack(tx, sealed));
  const findings: ScanSightings = {
    count,
    at: (index) => {
      const draft = present(drafts[index], 'a draft');
      const findingId = findingIdSchema.parse(stages.deps.ids.uuid());
      const { tool, rank, traits } = readDraft(draft);
      const { fingerprint, ruleId, ruleVersion } = draft;
      const report = {
        id: stages.deps.ids.uuid(),
        finding_id: findingId,
        tool,
        fingerprint,
        rule_id: ruleId,
        rule_version: ruleVersion,
        rank,
        traits,
      };
      return { findingId, row: findingRow(draft, findingId), report, evidence: present(sealed.refs[index], 'a proof') };
    },
  };
  return { scan, findings, drafts };
}

function save(scan: TestScan, findings: ScanSightings): Promise<void> {
  return stages.deps.tenancy.withTenant(scan.context, 'test', (tx) => saveBatches(tx, scan, findings));
}

describe('saveBatches', () => {
  it('every_finding_of_many_batches_has_its_own_proof_once', async () => {
    const { scan, findings, drafts } = await scanWithProof();
    await save(scan, findings);
    await save(scan, { ...findings, count: 0 });
    const rows = await stages.database.admin(
      `select f.title, s.leaf_index from app.sighting s join app.finding f on f.tenant_id = s.tenant_id and f.id = s.finding_id
       where s.scan_id = $1 order by s.leaf_index`,
      [scan.scanId],
    );
    expect(rows).toHaveLength(count);
    const titles = drafts.map(({ title }, index) => [title, findings.at(index).evidence.leafIndex] as const);
    expect(rows.map((row) => [row['title'], row['leaf_index']])).toEqual(titles.toSorted((a, b) => a[1] - b[1]));
  });

  it('a_batch_that_is_refused_tells_its_own_fault_and_leaves_nothing', async () => {
    const { scan, findings } = await scanWithProof();
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    const spoilt: ScanSightings = {
      ...findings,
      at: (index) => {
        const whole = findings.at(index);
        return { ...whole, row: { ...present(whole.row, 'a row'), score: index === 3 ? 101 : 1 } };
      },
    };
    await expect(save(scan, spoilt)).rejects.toMatchObject({ sqlState: '23514' });
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
    expect(await stages.database.admin('select 1 from app.finding where last_scan_id = $1', [scan.scanId])).toEqual([]);
  });
});
