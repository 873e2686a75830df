import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { analyzerNames, type AnalyzerName, type CoverageCertificate, type FindingDraft, type SandboxEnding } from '@lib/contract';
import { moveScan } from '@lib/guard/scans';
import { noLayers } from '@lib/platform/sandbox';
import type { Stages, TestScan } from '../../../../tools/testing/stages.ts';
import { recordFindings } from './record-findings.ts';

export type Analysed = {
  readonly drafts: readonly FindingDraft[];
  readonly complete?: boolean;
  readonly analyzers?: readonly AnalyzerName[];
  /** Tools whose results were imported, instead of analyzers. */
  readonly tools?: readonly string[];
  readonly ending?: SandboxEnding;
};
export type Of = Pick<TestScan, 'tenantId' | 'repositoryId'>;

/** What a spec needs to record scans and look at what is left of them. */
export function recordingIn(stages: Stages) {
  async function place(): Promise<Of> {
    const tenantId = await stages.addTenant();
    return { tenantId, repositoryId: await stages.addRepository(tenantId) };
  }

  /** A scan as `scan.analyze` hands it over. `text` replaces what stands in the file of drafts, not its digest. */
  async function analysed(
    of: Of,
    { drafts, complete = true, analyzers = analyzerNames, tools, ending = 'finished' }: Analysed,
    text?: string,
  ): Promise<TestScan> {
    const scan = await stages.addScan(of);
    mkdirSync(scan.folder.root, { recursive: true });
    const lines = drafts.map((draft) => `${JSON.stringify(draft)}\n`).join('');
    writeFileSync(scan.folder.drafts, text ?? lines);
    const draftsSha256 = createHash('sha256').update(lines).digest('hex');
    await stages.deps.tenancy.withTenant(scan.context, 'hand over', (tx) =>
      moveScan(tx, scan.scanId, { stage: 'record', coverage: { ...certificate(complete, analyzers, tools), ending }, draftsSha256 }),
    );
    return scan;
  }

  async function record(scan: TestScan): Promise<TestScan> {
    const { job } = await stages.hold(scan, 'findings.record');
    await recordFindings(stages.deps, job);
    return scan;
  }
  const scanOf = async (of: Of, what: Analysed): Promise<TestScan> => record(await analysed(of, what));
  const findings = (of: Of) =>
    stages.database.admin(
      `select title, state, first_scan_id, last_scan_id, score, detail -> 'scoreFactors' as factors from app.finding
     where tenant_id = $1 and repository_id = $2 order by title`,
      [of.tenantId, of.repositoryId],
    );
  const count = async (table: 'evidence_pack' | 'sighting', scan: TestScan): Promise<number> =>
    (await stages.database.admin(`select 1 from app.${table} where scan_id = $1`, [scan.scanId])).length;
  const states = async (of: Of): Promise<Readonly<Record<string, unknown>>> =>
    Object.fromEntries((await findings(of)).map((row) => [String(row['title']).replace('finding ', ''), row['state']]));
  return { place, analysed, record, scanOf, findings, count, states };
}

export function certificate(complete: boolean, analyzers: readonly AnalyzerName[], tools?: readonly string[]): CoverageCertificate {
  const digest = '0'.repeat(64);
  const run = { version: '7', ruleDigest: digest, filesWanted: 1, filesAnalyzed: 1, bytesAnalyzed: 1, findingCount: 0, durationMs: 1 };
  return {
    complete,
    filesInTree: 1,
    bytesInTree: 1,
    treeSha256: digest,
    analyzers: (tools?.map((tool) => ({ analyzer: 'import' as const, tool })) ?? analyzers.map((analyzer) => ({ analyzer }))).map(
      (who) => ({
        ...who,
        ...run,
        finished: true,
        notes: [],
      }),
    ),
    counts: {},
    entries: [],
    sandbox: noLayers,
  };
}
