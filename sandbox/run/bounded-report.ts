import {
  coverageEntrySchema,
  findingDraftSchema,
  limits,
  type AnalyzerName,
  type AnalyzerRun,
  type FindingDraft,
  type SandboxMessage,
} from '@lib/contract';
import type { Report } from '@lib/engine/sdk';

/** Findings of the whole scan so far, over all analyzers. */
export type FindingBudget = { findings: number };

/** Whose report it is, and where its messages go. */
export type ReportOptions = {
  readonly analyzer: AnalyzerName;
  readonly filesTotal: number;
  readonly budget: FindingBudget;
  readonly emit: (message: SandboxMessage) => void;
};

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
export function boundedReport({ analyzer, filesTotal, budget, emit }: ReportOptions): BoundedReport {
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
      const valid = findingDraftSchema.safeParse(draft);
      if (inFile > limits.findingsPerFileMax) leaveOut(path, 'limit_reached', 'more findings than one file may have');
      else if (budget.findings >= limits.findingsPerScanMax) leaveOut('.', 'limit_reached', 'more findings than one scan may have');
      else if (!valid.success) leaveOut(path, 'analyzer_failed', bounded(`a finding of ${draft.ruleId} does not fit its schema`));
      else if (isTooLong(valid.data)) leaveOut(path, 'limit_reached', `a finding of ${draft.ruleId} is too large to send`);
      else {
        budget.findings += 1;
        figures.findingCount += 1;
        emit({ type: 'finding', finding: valid.data });
      }
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

function isTooLong(draft: FindingDraft): boolean {
  return Buffer.byteLength(JSON.stringify(draft)) > limits.draftLineBytesMax / 2;
}

function bounded(text: string): string {
  return text.replaceAll('\u0000', '').slice(0, limits.noteCharsMax);
}
