import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { severityRank } from '@lib/contract';
import { analyzers } from '@lib/engine/registry';
import { sarifLog } from '@lib/engine/sarif';
import { Fault } from '@lib/kernel';
import { localSandbox, type Sandbox, type Unpacker } from '@lib/platform/sandbox';
import { terminalStyle } from '../terminal/terminal-style.ts';
import { visibleText } from '../terminal/visible-text.ts';
import { parseScanArguments, scanUsage, type ScanArguments } from './parse-scan-arguments.ts';
import { gapLines, renderText } from './render-text.ts';
import { refusalLine } from './refusal-line.ts';
import { scanFolder, type ScanReport } from './scan-folder.ts';
import { writeOutput } from './write-output.ts';

/** Where a command writes and what it stands on. `sandbox` and `signal` are given by tests; by default they are this machine's and Ctrl-C. */
export type ScanTerminal = {
  readonly write: (text: string) => void;
  readonly writeError?: (text: string) => void;
  readonly isTty: boolean;
  readonly noColor: boolean;
  readonly checkout: string;
  readonly sandbox?: Sandbox & Unpacker;
  readonly signal?: AbortSignal;
};

const exits = { clean: 0, findings: 1, usage: 2, incomplete: 3, layersMissing: 78 } as const;
const version = '0.1.0';

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
  const interrupt = new AbortController();
  const onInterrupt = (): void => interrupt.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onInterrupt);
  try {
    return await scanAndReport(
      parsed.value,
      terminal,
      AbortSignal.any([interrupt.signal, ...(terminal.signal === undefined ? [] : [terminal.signal])]),
    );
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    complain(terminal, `nothing was covered: ${error.publicText} (${error.code})`); // 1 would read as findings
    return exits.incomplete;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onInterrupt);
  }
}

async function scanAndReport(request: ScanArguments, terminal: ScanTerminal, signal: AbortSignal): Promise<number> {
  const sandbox = terminal.sandbox ?? localSandbox({ runtimeDirectory: join(terminal.checkout, 'dist', 'sandbox') });
  const source = resolve(request.source);
  const names = request.analyzers ?? analyzers.map((analyzer) => analyzer.name);
  const scanned = await scanFolder(sandbox, { source, analyzers: names, wallMs: request.wallMs, signal });
  if (!scanned.ok) {
    if (scanned.error.code !== 'sandbox.layers_missing') {
      complain(terminal, refusalLine(scanned.error, source));
      return scanned.error.code === 'ingest.cancelled' ? exits.incomplete : exits.usage;
    }
    complain(
      terminal,
      [
        'nothing ran, because the sandbox lacks what it needs here:',
        ...scanned.error.missing.map((text) => `  - ${visibleText(text)}`),
      ].join('\n'),
    );
    return exits.layersMissing;
  }
  const written = await writeReport(scanned.value, { request, terminal, source });
  return written ? exitOf(scanned.value, request) : exits.usage;
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
  return sarifLog({ tool: { version }, findings: report.findings, certificate: report.certificate, baseUri });
}

function exitOf(report: ScanReport, request: ScanArguments): number {
  const least = severityRank(request.failOn);
  if (report.findings.some((finding) => severityRank(finding.severity) >= least)) return exits.findings;
  return report.certificate.complete ? exits.clean : exits.incomplete;
}

function complain(terminal: ScanTerminal, text: string): void {
  (terminal.writeError ?? ((line: string) => void process.stderr.write(line)))(`aegis: ${text}\n`);
}
