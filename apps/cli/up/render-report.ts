import { benignReasons, type CoverageCertificate } from '@lib/contract';
import { findingsTable, severityCounts } from '../terminal/findings-table.ts';
import type { TerminalStyle } from '../terminal/terminal-style.ts';
import { visibleText } from '../terminal/visible-text.ts';
import type { ScanReport } from './scan-once.ts';
import type { Proof } from './verify-proofs.ts';

export type ReportParts = {
  readonly report: ScanReport;
  readonly proofs: readonly Proof[];
  readonly addresses: { readonly dashboard: string; readonly documentation: string };
  readonly notes: readonly string[];
  readonly style: TerminalStyle;
};

const entriesShown = 5; // the certificate has them all

/** What a person sees when the scan has ended: findings, coverage, walls, proofs, addresses. */
export function renderReport({ report, proofs, addresses, notes, style }: ReportParts): string {
  const { scan, findings, seconds } = report;
  const shown = findings.filter(({ severity }) => severity !== 'info').map((finding) => ({ ...finding, last: finding.ruleId }));
  const quiet = findings.length - shown.length;
  const table = [
    ...(shown.length === 0 ? [] : [findingsTable(shown, style)]),
    ...(quiet === 0
      ? []
      : [`${style.severity('info', `○  INFO (${String(quiet)})`)}${style.dim('  npm run aegis -- findings list --severity info')}\n`]),
  ].join('\n');
  const state =
    scan.state === 'succeeded' ? style.good('complete') : style.bad(scan.state + (scan.errorCode === null ? '' : ` (${scan.errorCode})`));
  const lines = [
    `${style.bold('Scan')}      ${state} in ${seconds.toFixed(1)} s: ${severityCounts(findings, style)}`,
    ...scan.missingLayers.map((text) => `${style.bold('Missing')}   ${visibleText(text)}`),
    ...(scan.coverage === null ? [] : coverageLines(scan.coverage, style)),
    ...proofs.map(
      (proof) => `${style.bold(proof.name.padEnd(9))} ${proof.ok ? style.good('verified') : style.bad('FAILED')}: ${proof.detail}`,
    ),
    '',
    `${style.bold('Dashboard')} ${addresses.dashboard}`,
    `${style.bold('API')}       ${addresses.documentation}`,
    ...notes.map((note) => style.dim(`Note      ${note}`)),
  ];
  return `${table === '' ? '' : `\n${table}`}\n${lines.join('\n')}\n`;
}

function coverageLines(coverage: CoverageCertificate, style: TerminalStyle): readonly string[] {
  const { sandbox } = coverage;
  const walls = [
    sandbox.bubblewrap ? 'bubblewrap' : '',
    sandbox.landlockAbi > 0 ? `Landlock ABI ${String(sandbox.landlockAbi)}` : '',
    sandbox.seccompStage1 && sandbox.seccompStage2 ? 'seccomp in two stages' : '',
    sandbox.noNewPrivileges ? 'no new privileges' : '',
    sandbox.unprivilegedUser ? 'unprivileged user' : '',
    sandbox.cgroup ? 'control group' : '',
  ].filter((wall) => wall !== '');
  const left = coverage.entries.filter((entry) => !benignReasons.includes(entry.reason));
  const skipped = Object.entries(coverage.counts)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${String(count)} ${words(reason)}`);
  return [
    `${style.bold('Coverage')}  ${String(coverage.filesInTree)} files in the tree${skipped.length === 0 ? '' : `; ${skipped.join(', ')}`}`,
    ...left.slice(0, entriesShown).map((entry) => `          not covered: ${visibleText(entry.path)} (${words(entry.reason)})`),
    ...(left.length > entriesShown ? [`          and ${String(left.length - entriesShown)} more`] : []),
    `${style.bold('Sandbox')}   ${walls.join(', ')}`,
  ];
}

function words(reason: string): string {
  return reason.replaceAll('_', ' ');
}
