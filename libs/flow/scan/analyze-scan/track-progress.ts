import type { AnalyzerName, SandboxMessage } from '@lib/contract';
import type { Clock } from '@lib/kernel';

/** How far an analysis is, in files of the tree. */
export type Progress = { readonly filesDone: number; readonly filesTotal: number; readonly findingCount: number };

const everyMs = 200; // a person sees no more, and each report is a transaction

type ProgressMessage = Extract<SandboxMessage, { type: 'progress' }>;
type Reported = Progress & { readonly analyzer: AnalyzerName };

/** What is analysed, and where reports go. Units: ms. */
export type Tracking = {
  readonly clock: Clock;
  readonly filesInTree: number;
  readonly analyzers: readonly AnalyzerName[];
  readonly send: (progress: Reported) => Promise<void>;
};

/**
 * Turns what single analyzers say into one figure that only grows: each analyzer is an equal share, told in files of the tree.
 * Reports at most five times a second; one that fails is left out, since the next one holds totals.
 */
export function trackProgress({ clock, filesInTree, analyzers, send }: Tracking) {
  const latest = new Map<AnalyzerName, ProgressMessage>();
  let lastMs = 0;
  const total = (): Progress => {
    const all = [...latest.values()];
    const share = all.reduce((sum, message) => sum + (message.filesTotal === 0 ? 1 : message.filesDone / message.filesTotal), 0);
    return {
      filesDone: Math.min(filesInTree, Math.floor((filesInTree * share) / analyzers.length)),
      filesTotal: filesInTree,
      findingCount: all.reduce((count, message) => count + message.findingCount, 0),
    };
  };
  return {
    total,
    report: async (message: ProgressMessage): Promise<void> => {
      if (!analyzers.includes(message.analyzer)) return;
      latest.set(message.analyzer, message);
      const nowMs = clock.nowMs();
      if (nowMs - lastMs < everyMs) return;
      lastMs = nowMs;
      // what a person sees may lag; the analysis must not end because the database was away for a moment
      await send({ ...total(), analyzer: message.analyzer }).catch(() => undefined);
    },
  };
}
