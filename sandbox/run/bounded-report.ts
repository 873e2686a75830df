import {
  componentSchema,
  coverageEntrySchema,
  limits,
  reportedFindingSchema,
  type AnalyzerName,
  type AnalyzerRun,
  type Component,
  type FindingDraft,
  type SandboxMessage,
} from '@lib/contract';
import type { Ignores } from '@lib/engine/ignores';
import type { Report } from '@lib/engine/sdk';

/** Findings and packages of the whole scan so far, over all analyzers. */
export type ScanBudget = { findings: number; components: number };

/** Whose report it is, and where its messages go. */
export type ReportOptions = {
  readonly analyzer: AnalyzerName;
  readonly filesTotal: number;
  readonly budget: ScanBudget;
  readonly ignores?: Pick<Ignores, 'requestFor'>;
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
export function boundedReport({ analyzer, filesTotal, budget, ignores, emit }: ReportOptions): BoundedReport {
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
      const valid = reportedFindingSchema.safeParse(draft);
      if (inFile > limits.findingsPerFileMax) leaveOut(path, 'limit_reached', 'more findings than one file may have');
      else if (budget.findings >= limits.findingsPerScanMax) leaveOut('.', 'limit_reached', 'more findings than one scan may have');
      else if (!valid.success) leaveOut(path, 'analyzer_failed', bounded(`a finding of ${draft.ruleId} does not fit its schema`));
      else if (isTooLong(valid.data)) leaveOut(path, 'limit_reached', `a finding of ${draft.ruleId} is too large to send`);
      else {
        budget.findings += 1;
        figures.findingCount += 1;
        const ignore = ignores?.requestFor(valid.data);
        emit({ type: 'finding', finding: ignore === undefined ? valid.data : { ...valid.data, ignore } });
      }
    },
    component: (component) => {
      const valid = componentSchema.safeParse(component);
      const [path, surplus] = surplusOf(valid.data, budget);
      if (surplus !== undefined) leaveOut(path ?? component.path, 'limit_reached', surplus);
      else if (valid.success) emit({ type: 'component', component: valid.data });
    },
    coverage: (entry) => {
      const detail = entry.detail === undefined ? {} : { detail: bounded(entry.detail) };
      const valid = coverageEntrySchema.safeParse({ ...entry, analyzer, ...detail });
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

// Answers where and what is too much about a package (of its own file unless it says otherwise), and counts it when nothing is.
function surplusOf(component: Component | undefined, budget: ScanBudget): readonly [path?: string | undefined, detail?: string] {
  if (component === undefined) return [undefined, 'a package of a name or version that is too long to list'];
  if (budget.components >= limits.componentsPerScanMax) return ['.', 'more packages than one scan may have'];
  if (isTooLong(component)) return [undefined, 'a package that needs too many others to list'];
  budget.components += 1;
  return [];
}

function isTooLong(said: FindingDraft | Component): boolean {
  return Buffer.byteLength(JSON.stringify(said)) > limits.draftLineBytesMax / 2;
}

function bounded(text: string): string {
  return text.replaceAll('\u0000', '').slice(0, limits.noteCharsMax);
}
