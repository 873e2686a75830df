import { createHash } from 'node:crypto';
import type { AnalyzerRun, CoverageCertificate } from '@lib/contract';
import type { ImportedRun } from '@lib/engine/sarif';
import { noLayers } from '@lib/platform/sandbox';

/** The certificate of an import: what each tool said of itself and how much of it was taken. Nothing of the repository was read here. */
export function importCertificate(runs: readonly ImportedRun[], sha256: string): CoverageCertificate {
  return {
    complete: runs.every((run) => run.complete),
    filesInTree: 0,
    bytesInTree: 0,
    treeSha256: sha256, // of the log
    analyzers: oneByTool(runs).map((run) => runOf(run, sha256)),
    counts: {},
    entries: [],
    sandbox: noLayers,
    resultsSha256: resultsDigest(runs),
    ending: 'finished',
  };
}

/** SHA-256 over what the tools say, in one order and without the digest of the log that stands in each draft. */
function resultsDigest(runs: readonly ImportedRun[]): string {
  const hash = createHash('sha256');
  const said = runs.flatMap(({ tool, version, complete, left, drafts }) => [
    JSON.stringify([tool, version, complete, Object.entries(left)]),
    ...drafts.map((draft) => JSON.stringify({ ...draft, fileSha256: '' })),
  ]);
  for (const line of said.toSorted()) hash.update(line).update('\n');
  return hash.digest('hex');
}

// A log may hold several runs of one tool, such as one a language: results of all of them are that tool's.
function oneByTool(runs: readonly ImportedRun[]): readonly (readonly [ImportedRun, ...ImportedRun[]])[] {
  return [...Map.groupBy(runs, (run) => run.tool).values()].flatMap(([first, ...rest]) => (first === undefined ? [] : [[first, ...rest]]));
}

function runOf(runs: readonly [ImportedRun, ...ImportedRun[]], sha256: string): AnalyzerRun {
  const [{ tool, version }] = runs;
  const notes = runs.flatMap(({ left }) =>
    Object.entries(left).flatMap(([reason, count]) =>
      count === 0 ? [] : [`${String(count)} results left out: ${reason.replace('_', ' ')}`],
    ),
  );
  return {
    analyzer: 'import',
    tool,
    version,
    ruleDigest: sha256,
    filesWanted: 0,
    filesAnalyzed: 0,
    bytesAnalyzed: 0,
    findingCount: runs.reduce((sum, run) => sum + run.drafts.length, 0),
    durationMs: 0,
    finished: runs.every((run) => run.complete),
    notes: notes.slice(0, 20),
  };
}
