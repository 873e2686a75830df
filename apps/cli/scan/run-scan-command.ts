import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { severityRank } from '@lib/contract';
import { analyzers } from '@lib/engine/registry';
import { sarifLog } from '@lib/engine/sarif';
import { productVersion } from '../terminal/product-version.ts';
import { terminalStyle } from '../terminal/terminal-style.ts';
import { visibleText } from '../terminal/visible-text.ts';
import { parseScanArguments, scanUsage, type ScanArguments } from './parse-scan-arguments.ts';
import { gapLines, renderText } from './render-text.ts';
import type { ScanReport } from './scan-folder.ts';
import { complain, scanExits, scanSource, type ScanTerminal } from './scan-source.ts';
import { writeOutput } from './write-output.ts';

const exits = { clean: 0, findings: 1, ...scanExits } as const;

/**
 * `aegis scan SOURCE`: seals (or unpacks), analyses and reports with no services. Answers the exit code: 1 when there are findings at or above the threshold,
 * else 3 when something was not covered, else 0. What was not covered is always said.
 */
export async function runScanCommand(argv: readonly string[], terminal: ScanTerminal): Promise<number> {
  const parsed = parseScanArguments(argv);
  if (!parsed.ok) {
    complain(terminal, `${parsed.error.detail}\n${scanUsage}`);
    return exits.usage;
  }
  if (parsed.value.help) {
    terminal.write(scanUsage);
    return exits.clean;
  }
  const request = parsed.value;
  const names = request.analyzers ?? analyzers.map((analyzer) => analyzer.name);
  const report = await scanSource({ source: request.source, analyzers: names, wallMs: request.wallMs }, terminal);
  if (typeof report === 'number') return report;
  const written = await writeReport(report, { request, terminal, source: resolve(request.source) });
  return written ? exitOf(report, request) : exits.usage;
}

type Writing = { readonly request: ScanArguments; readonly terminal: ScanTerminal; readonly source: string };

async function writeReport(report: ScanReport, { request, terminal, source }: Writing): Promise<boolean> {
  const toFile = request.output !== undefined;
  const style = terminalStyle({ isTty: terminal.isTty && !toFile, noColor: terminal.noColor });
  const text = request.format === 'text' ? renderText(report, style) : `${JSON.stringify(documentOf(report, request, source), null, 2)}\n`;
  if (request.output === undefined) terminal.write(text);
  else {
    const written = await writeOutput(resolve(request.output), text);
    if (!written.ok) {
      complain(terminal, `${visibleText(request.output)} cannot be written: ${written.error.reason} (${written.error.code})`);
      return false;
    }
  }
  if (request.format !== 'text' || toFile) {
    const plain = terminalStyle({ isTty: false, noColor: true });
    for (const line of gapLines(report, plain)) complain(terminal, line);
  }
  return true;
}

function documentOf(report: ScanReport, request: ScanArguments, source: string): unknown {
  if (request.format === 'json') {
    return { version: 1, ending: report.ending, findings: report.findings, coverage: report.certificate };
  }
  const baseUri = `${pathToFileURL(source).href.replace(/\/$/u, '')}/`;
  return sarifLog({ tool: { version: productVersion }, findings: report.findings, certificate: report.certificate, baseUri });
}

function exitOf(report: ScanReport, request: ScanArguments): number {
  const least = severityRank(request.failOn);
  const counted = request.acceptIgnores ? report.findings.filter((finding) => finding.ignore === undefined) : report.findings;
  if (counted.some((finding) => severityRank(finding.severity) >= least)) return exits.findings;
  return report.certificate.complete ? exits.clean : exits.incomplete;
}
