import { limits, severities, severityRank, type FailOn, type ScanState, type Severity } from '@lib/contract';
import type { CheckAnnotation, CheckConclusion, CheckUpdate } from '@lib/platform/forge';
import type { SeenFinding } from '../changes.store.ts';

/** What is known of a scan when it is told. `introduced` is worst first, and holds what counts; lines of `changed` may be annotated. */
export type ToldScan = {
  readonly state: ScanState;
  readonly stage: string;
  readonly files: number;
  readonly errorCode: string | null;
  /** Compared with the commit where the change left its branch; false: a scan of the branch itself. */
  readonly compared: boolean;
  /** What a comparison needs came to a good end. */
  readonly comparable: boolean;
  readonly introduced: readonly SeenFinding[];
  readonly fixed: readonly SeenFinding[];
  readonly letBe: number;
  readonly lapsed: number;
  readonly changed: ReadonlyMap<string, readonly (readonly [first: number, last: number])[]> | undefined;
  readonly failOn: FailOn;
  readonly detailsUrl: string | undefined;
};

/** A check run as it should be, with all of its annotations; whoever sends it cuts them into what the forge takes at once. */
export type DescribedCheck = Omit<CheckUpdate, 'annotations'> & { readonly annotations: readonly CheckAnnotation[] };

/** Says how a scan stands, in the words of a check run. Never green unless all was covered. Source: GitHub REST API, checks. */
export function describeCheck(scan: ToldScan): DescribedCheck {
  const details = scan.detailsUrl === undefined ? {} : { detailsUrl: scan.detailsUrl };
  if (scan.state === 'queued')
    return { ...details, status: 'queued', title: 'Queued', summary: 'The scan waits for its turn.', annotations: [] };
  if (scan.state === 'running' || (scan.compared && isEnded(scan.state) && !scan.comparable && scan.state === 'succeeded')) {
    const summary = scan.state === 'running' ? progressOf(scan) : 'The commit that this change is compared with is still being scanned.';
    return { ...details, status: 'in_progress', title: 'Scanning', summary, annotations: [] };
  }
  const conclusion = concludeCheck(scan);
  const annotations = annotationsOf(scan);
  return {
    ...details,
    status: 'completed',
    conclusion,
    title: titleOf(scan, conclusion),
    summary: summaryOf(scan, annotations.length),
    annotations,
  };
}

function isEnded(state: ScanState): boolean {
  return state !== 'queued' && state !== 'running';
}

function progressOf({ stage, files }: ToldScan): string {
  return files === 0 ? 'The source is being fetched.' : `${String(files)} files are being analysed (${stage}).`;
}

function concludeCheck({ state, introduced, failOn }: ToldScan): CheckConclusion {
  if (state === 'cancelled') return 'cancelled';
  if (failOn !== 'never' && introduced.some(({ severity }) => severityRank(severity) >= severityRank(failOn))) return 'failure';
  return state === 'succeeded' ? 'success' : 'neutral';
}

function titleOf({ state, introduced, compared, errorCode }: ToldScan, conclusion: CheckConclusion): string {
  if (conclusion === 'cancelled') return 'Superseded';
  if (state === 'failed') return `Not scanned: ${errorCode ?? 'unknown'}`;
  const count = introduced.length;
  const found =
    count === 0 ? 'No new findings' : `${String(count)} ${compared ? 'introduced' : 'new'} ${count === 1 ? 'finding' : 'findings'}`;
  return state === 'incomplete' ? `${found}; not all was covered` : found;
}

function annotationsOf({ introduced, changed }: ToldScan): readonly CheckAnnotation[] {
  const within = introduced.filter(
    ({ path, line }) => changed === undefined || (changed.get(path) ?? []).some(([first, last]) => line >= first && line <= last),
  );
  return within.slice(0, limits.checkAnnotationsMax).map((finding) => ({
    path: finding.path,
    startLine: finding.line,
    endLine: finding.line,
    level: levels[finding.severity],
    title: cut(`${finding.severity}: ${finding.title}`, limits.checkTitleCharsMax),
    message: cutBytes(`${finding.message}\n\nRule: ${finding.ruleId}`, limits.checkMessageBytesMax),
  }));
}

const levels = { critical: 'failure', high: 'failure', medium: 'warning', low: 'notice', info: 'notice' } as const satisfies Record<
  Severity,
  string
>;

function summaryOf(scan: ToldScan, annotated: number): string {
  const { introduced, fixed, letBe, lapsed, compared, errorCode, detailsUrl } = scan;
  const head = [
    ...(scan.state === 'incomplete'
      ? [`**Not all of it was covered** (${escape(errorCode ?? '')}): what is not listed may still be there.`]
      : []),
    ...(scan.state === 'failed' ? [`The scan came to no result (${escape(errorCode ?? '')}).`] : []),
    ...(scan.state === 'cancelled' ? ['A newer commit is scanned instead.'] : []),
    '',
    '| | critical | high | medium | low | info |',
    '|---|---|---|---|---|---|',
    row(compared ? 'introduced' : 'new', introduced),
    row('fixed', fixed),
    '',
    ...(letBe > 0 ? [`${String(letBe)} more are let be by \`.aegis.yml\`.`] : []),
    ...(lapsed > 0 ? [`${String(lapsed)} count again: the date in \`.aegis.yml\` is over.`] : []),
    ...(introduced.length > annotated ? [`${String(introduced.length - annotated)} are not shown beside the code.`] : []),
    ...(detailsUrl === undefined ? [] : [`[All of it in Aegis](${detailsUrl})`]),
    '',
  ].join('\n');
  const lines = introduced.map(
    ({ severity, title, path, line }) => `- **${severity}** ${escape(title)} (${escape(`${path}:${String(line)}`)})`,
  );
  return fit(head, lines);
}

function row(name: string, findings: readonly SeenFinding[]): string {
  return `| ${name} | ${severities.map((severity) => String(findings.filter((one) => one.severity === severity).length)).join(' | ')} |`;
}

// As many lines as there is room for, and how many there was none for.
function fit(head: string, lines: readonly string[]): string {
  const room = limits.checkSummaryCharsMax - endingChars;
  let text = head;
  for (const [index, line] of lines.entries()) {
    if (text.length + line.length + 1 > room) return `${text}\n... and ${String(lines.length - index)} more`;
    text += `\n${line}`;
  }
  return text;
}

const endingChars = 40; // for the line that says how many more there are

// Titles and paths are other people's text: no markup of theirs takes effect in our summary.
function escape(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]()#+!|<>@~]/gu, (sign) => `&#${String(sign.codePointAt(0) ?? 0)};`).replaceAll(/\s+/gu, ' ');
}

function cut(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax - 1).replace(/[\uD800-\uDBFF]$/u, '')}…`; // no half of a pair
}

function cutBytes(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text, 'utf8');
  return bytes.byteLength <= bytesMax
    ? text
    : bytes
        .subarray(0, bytesMax - 4)
        .toString('utf8')
        .replace(/\uFFFD+$/u, '') + '…';
}
