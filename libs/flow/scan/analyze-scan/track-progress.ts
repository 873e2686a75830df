import type { AnalyzerName, SandboxMessage } from '@lib/contract';
import type { Clock } from '@lib/kernel';

/** Totals over all analyzers of a scan. A file counts once for each analyzer that wants it. */
export type Progress = { readonly filesDone: number; readonly filesTotal: number; readonly findingCount: number };

const everyMs = 200; // a person sees no more, and each report is a transaction

type ProgressMessage = Extract<SandboxMessage, { type: 'progress' }>;
type Reported = Progress & { readonly analyzer: AnalyzerName };

/**
 * Adds up what analyzers say, and reports it at most five times a second. A report that fails is left out: the next one holds totals.
 * Units: ms.
 */
export function trackProgress(clock: Clock, send: (progress: Reported) => Promise<void>) {
  const latest = new Map<AnalyzerName, ProgressMessage>();
  let lastMs = 0;
  const total = (): Progress => {
    const all = [...latest.values()];
    const sum = (of: (message: ProgressMessage) => number): number => all.reduce((count, message) => count + of(message), 0);
    return { filesDone: sum((m) => m.filesDone), filesTotal: sum((m) => m.filesTotal), findingCount: sum((m) => m.findingCount) };
  };
  return {
    total,
    report: async (message: ProgressMessage, asked: readonly AnalyzerName[]): Promise<void> => {
      if (!asked.includes(message.analyzer)) return;
      latest.set(message.analyzer, message);
      const nowMs = clock.nowMs();
      if (nowMs - lastMs < everyMs) return;
      lastMs = nowMs;
      await send({ ...total(), analyzer: message.analyzer });
    },
  };
}
