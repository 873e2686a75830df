import { benignReasons, coverageReasons, limits } from '@lib/contract';
import type { AnalyzerName, CoverageCertificate, CoverageEntry, CoverageReason, TreeFacts } from '@lib/contract';
import type { SandboxOutcome } from './sandbox.ts';

/**
 * Draws up the certificate of a scan from what ingest and the sandbox said. Pure.
 * Complete only when the sandbox finished, every asked analyzer did, and nothing was left out for a reason that is not benign.
 */
export function certify(tree: TreeFacts, asked: readonly AnalyzerName[], outcome: SandboxOutcome): CoverageCertificate {
  const unfinished = asked
    .filter((analyzer) => !outcome.runs.some((run) => run.analyzer === analyzer))
    .map((analyzer): CoverageEntry => {
      const reason = outcome.ending === 'timed_out' ? 'timed_out' : 'analyzer_failed';
      return { path: '.', reason, analyzer, detail: `did not finish: ${outcome.ending}` };
    });
  const counts = sumCounts([tree.coverageCounts, outcome.coverageCounts, countOf(unfinished)]);
  const allCovered = coverageReasons.every((reason) => benignReasons.includes(reason) || (counts[reason] ?? 0) === 0);
  return {
    complete: outcome.ending === 'finished' && outcome.runs.every((run) => run.finished) && allCovered,
    filesInTree: tree.files,
    bytesInTree: tree.bytes,
    treeSha256: tree.sha256,
    analyzers: [...outcome.runs],
    counts,
    // what is not benign first: the list is cut, and those are what a reader looks for
    entries: [...unfinished, ...outcome.coverage, ...tree.coverage].toSorted(byWeight).slice(0, limits.coverageEntriesMax),
    sandbox: outcome.layers,
    ending: outcome.ending,
  };
}

type Counts = Partial<Record<CoverageReason, number>>;

function countOf(entries: readonly CoverageEntry[]): Counts {
  return sumCounts(entries.map((entry) => ({ [entry.reason]: 1 })));
}

function sumCounts(parts: readonly Readonly<Counts>[]): Counts {
  const sum: Counts = {};
  for (const part of parts) {
    for (const reason of coverageReasons) {
      const count = part[reason] ?? 0;
      if (count > 0) sum[reason] = (sum[reason] ?? 0) + count;
    }
  }
  return sum;
}

function byWeight(a: CoverageEntry, b: CoverageEntry): number {
  return Number(benignReasons.includes(a.reason)) - Number(benignReasons.includes(b.reason));
}
