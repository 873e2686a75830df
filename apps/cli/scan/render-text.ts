import { benignReasons, coverageReasons, type CoverageCertificate, type CoverageEntry, type SandboxLayers } from '@lib/contract';
import { findingsTable, severityCounts } from '../terminal/findings-table.ts';
import type { TerminalStyle } from '../terminal/terminal-style.ts';
import { visibleText } from '../terminal/visible-text.ts';
import type { ScanReport } from './scan-folder.ts';

const gapsShown = 20; // the rest is counted; JSON and SARIF have them all

/** Draws a report for a person: findings by severity, what was covered, which walls stood. */
export function renderText(report: ScanReport, style: TerminalStyle): string {
  const { findings, certificate } = report;
  const lines = findings.map((finding) => ({ ...finding, ...finding.location, last: finding.ruleId }));
  return [
    ...(findings.length === 0 ? [] : [findingsTable(lines, style)]),
    `${style.bold('findings')}  ${severityCounts(findings, style)}`,
    `${style.bold('coverage')}  ${coverageLine(certificate)}`,
    ...ignoreLines(report, style),
    ...gapLines(report, style),
    `${style.bold('sandbox')}   ${layersLine(certificate.sandbox)}`,
    '',
  ].join('\n');
}

// Asked for in comments, and not granted: each is among the findings above. And what asks in vain.
function ignoreLines({ findings, certificate }: ScanReport, style: TerminalStyle): readonly string[] {
  const asked = findings.flatMap(({ ignore, ruleId, location }) =>
    ignore === undefined ? [] : [`${location.path}:${location.startLine}  ${ruleId} until ${ignore.until}: ${ignore.reason}`],
  );
  const dead = certificate.entries.flatMap(({ reason, path, detail = '' }) => (reason === 'ignore_dead' ? [`${path}, ${detail}`] : []));
  return [...listed(style.bold('asked to be ignored'), asked), ...listed(style.bold('asks in vain to ignore'), dead)];
}

function listed(head: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  const more = lines.length > gapsShown ? [`   and ${String(lines.length - gapsShown)} more`] : [];
  return [head, ...lines.slice(0, gapsShown).map((line) => `   ${visibleText(line)}`), ...more];
}

/** What was not covered, a line each; nothing when the scan is complete. */
export function gapLines({ certificate, ending }: ScanReport, style: TerminalStyle): readonly string[] {
  if (certificate.complete) return [];
  const gaps = certificate.entries.filter((entry) => !benignReasons.includes(entry.reason));
  const total = coverageReasons.reduce((sum, reason) => sum + (benignReasons.includes(reason) ? 0 : (certificate.counts[reason] ?? 0)), 0);
  const more = total - Math.min(gaps.length, gapsShown);
  return [
    style.bad(`INCOMPLETE${ending === 'finished' ? '' : ` (${ending.replaceAll('_', ' ')})`}: these were not covered`),
    ...gaps.slice(0, gapsShown).map((entry) => `   ${gapLine(entry)}`),
    ...(more > 0 ? [`   and ${String(more)} more`] : []),
  ];
}

function gapLine({ path, reason, analyzer, detail }: CoverageEntry): string {
  const who = analyzer === undefined ? '' : ` (${analyzer})`;
  const what = path === '.' ? 'the whole tree' : visibleText(path);
  return `${reason.replaceAll('_', ' ')}: ${what}${who}${detail === undefined ? '' : `: ${visibleText(detail)}`}`;
}

function coverageLine({ filesInTree, bytesInTree, analyzers, counts }: CoverageCertificate): string {
  const runs = analyzers.map((run) => `${run.analyzer} ${String(run.filesAnalyzed)}`).join(', ');
  const benign = benignReasons.flatMap((reason) =>
    counts[reason] === undefined ? [] : [`${reason.replaceAll('_', ' ')} ${String(counts[reason])}`],
  );
  const tree = `${String(filesInTree)} files, ${(bytesInTree / 1024).toFixed(0)} KiB`;
  return [tree, ...(runs === '' ? [] : [`analysed: ${runs}`]), ...benign].join('; ');
}

function layersLine(layers: SandboxLayers): string {
  const walls = [
    ...(layers.unprivilegedUser ? ['unprivileged user'] : []),
    ...(layers.noNewPrivileges ? ['no new privileges'] : []),
    ...(layers.landlockAbi > 0 ? [`Landlock ${String(layers.landlockAbi)}`] : []),
    ...(layers.seccompStage1 && layers.seccompStage2 ? ['seccomp 2 stages'] : []),
    ...(layers.bubblewrap ? ['bubblewrap'] : []),
    ...(layers.cgroup ? ['control group'] : []),
  ];
  return walls.length === 0 ? 'it never closed' : walls.join(', ');
}
