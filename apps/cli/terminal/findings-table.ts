import { severities, type Severity } from '@lib/contract';
import type { TerminalStyle } from './terminal-style.ts';
import { visibleText } from './visible-text.ts';

/** One line of the table. */
export type FindingLine = {
  readonly severity: Severity;
  readonly path: string;
  readonly startLine: number;
  readonly title: string;
  /** What stands last in its line: the rule, or the id to go on with. */
  readonly last: string;
};

// Severity is said by word and shape, never by colour alone.
const marks: Readonly<Record<Severity, string>> = { critical: '▲▲', high: '▲ ', medium: '◆ ', low: '▽ ', info: '○ ' };
const titleCharsMin = 30;
const titleCharsMax = 200; // where nothing says how wide the page is, a title is whole
const placeCharsMax = 52; // wider places are cut at the left: the file name matters most

/** Findings grouped by severity, worst first, one line each: place, title, and what stands last. */
export function findingsTable(findings: readonly FindingLine[], style: TerminalStyle): string {
  const placeWidth = Math.min(placeCharsMax, Math.max(12, ...findings.map((finding) => placeOf(finding).length)));
  const lastWidth = Math.max(0, ...findings.map((finding) => finding.last.length));
  const titleWidth = Math.min(
    Math.max(titleCharsMin, (style.columns ?? titleCharsMax) - placeWidth - lastWidth - 7),
    Math.max(10, ...findings.map((finding) => visibleText(finding.title).length)),
  );
  return severities
    .flatMap((severity) => {
      const group = findings.filter((finding) => finding.severity === severity).toSorted(byPlace);
      if (group.length === 0) return [];
      const heading = style.severity(severity, `${marks[severity]} ${severity.toUpperCase()} (${String(group.length)})`);
      const lines = group.map((finding) => {
        const place = cutLeft(placeOf(finding), placeWidth).padEnd(placeWidth);
        return `   ${place}  ${cutRight(visibleText(finding.title), titleWidth).padEnd(titleWidth)}  ${style.dim(finding.last)}`;
      });
      return [heading, ...lines, ''];
    })
    .join('\n');
}

/** One line of counts: `3 critical, 10 high, 2 medium`. */
export function severityCounts(findings: readonly { readonly severity: Severity }[], style: TerminalStyle): string {
  const parts = severities.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [style.severity(severity, `${String(count)} ${severity}`)];
  });
  return parts.length === 0 ? 'no findings' : parts.join(', ');
}

function placeOf(finding: FindingLine): string {
  return `${visibleText(finding.path)}:${String(finding.startLine)}`;
}

function cutLeft(text: string, width: number): string {
  return text.length <= width ? text : `…${text.slice(text.length - width + 1)}`;
}

function cutRight(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function byPlace(a: FindingLine, b: FindingLine): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return a.startLine - b.startLine || (a.last < b.last ? -1 : 1);
}
