import { coverageEntrySchema, findingDraftSchema, limits, type AnalyzerName, type AnalyzerRun, type SandboxMessage } from '@lib/contract';
import type { Report } from '@lib/engine/sdk';

/** Findings of the whole scan so far, over all analyzers. */
export type FindingBudget = { findings: number };

/** A report for one analyzer, and its figures at the end. */
export type BoundedReport = {
  readonly report: Report;
  readonly finish: () => Pick<AnalyzerRun, 'filesAnalyzed' | 'bytesAnalyzed' | 'findingCount' | 'notes'>;
};

const notesMax = 20; // as in the schema of a run

/**
 * Stands between an analyzer and the pipe: bounds findings a file and a scan, drops what does not fit the schema (and says so),
 * and sends progress every so many files, never by the clock.
 */
export function boundedReport(options: {
  readonly analyzer: AnalyzerName;
  readonly filesTotal: number;
  readonly budget: FindingBudget;
  readonly emit: (message: SandboxMessage) => void;
}): BoundedReport {
  const { analyzer, filesTotal, budget, emit } = options;
  const perFile = new Map<string, number>();
  const limited = new Set<string>();
  const notes: string[] = [];
  const figures = { filesAnalyzed: 0, bytesAnalyzed: 0, findingCount: 0 };
  const leaveOut = (path: string, reason: 'limit_reached' | 'analyzer_failed', detail: string): void => {
    if (limited.has(`${reason} ${path}`)) return;
    limited.add(`${reason} ${path}`);
    emit({ type: 'coverage', entry: { path, reason, analyzer, detail } });
  };
  const progress = (): void =>
    emit({ type: 'progress', analyzer, filesDone: figures.filesAnalyzed, filesTotal, findingCount: figures.findingCount });
  const report: Report = {
    finding: (draft) => {
      const { path } = draft.location;
      const inFile = (perFile.get(path) ?? 0) + 1;
      perFile.set(path, inFile);
      if (inFile > limits.findingsPerFileMax) return leaveOut(path, 'limit_reached', 'more findings than one file may have');
      if (budget.findings >= limits.findingsPerScanMax) return leaveOut('.', 'limit_reached', 'more findings than one scan may have');
      const valid = findingDraftSchema.safeParse(draft);
      if (!valid.success) return leaveOut(path, 'analyzer_failed', `a finding of ${draft.ruleId} does not fit its schema`.slice(0, 300));
      if (Buffer.byteLength(JSON.stringify(valid.data)) > limits.draftLineBytesMax / 2) {
        return leaveOut(path, 'limit_reached', `a finding of ${draft.ruleId} is too large to send`);
      }
      budget.findings += 1;
      figures.findingCount += 1;
      emit({ type: 'finding', finding: valid.data });
    },
    coverage: (entry) => {
      const valid = coverageEntrySchema.safeParse({
        ...entry,
        analyzer,
        ...(entry.detail === undefined ? {} : { detail: bounded(entry.detail) }),
      });
      if (valid.success) emit({ type: 'coverage', entry: valid.data });
      else leaveOut('.', 'analyzer_failed', 'a coverage entry does not fit its schema');
    },
    fileDone: (file) => {
      figures.filesAnalyzed += 1;
      figures.bytesAnalyzed += file.bytes;
      if (figures.filesAnalyzed % limits.analyzerProgressEvery === 0) progress();
    },
    note: (text) => {
      if (notes.length < notesMax) notes.push(bounded(text));
    },
  };
  progress();
  return {
    report,
    finish: () => {
      progress();
      return { ...figures, notes };
    },
  };
}

function bounded(text: string): string {
  return text.replaceAll('\u0000', '').slice(0, limits.noteCharsMax);
}
