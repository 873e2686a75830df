import { resolve } from 'node:path';
import type { AnalyzerName } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { localSandbox, type Sandbox, type Unpacker } from '@lib/platform/sandbox';
import { advisoryPlaces, refreshAdvisories } from '../advisories/refresh-advisories.ts';
import { visibleText } from '../terminal/visible-text.ts';
import { refusalLine } from './refusal-line.ts';
import { scanFolder, type ScanReport } from './scan-folder.ts';

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

/** Exit codes of a command that scans and could not. */
export const scanExits = { usage: 2, incomplete: 3, layersMissing: 78 } as const;

/** What to scan. Units: ms. */
export type SourceScan = { readonly source: string; readonly analyzers: readonly AnalyzerName[]; readonly wallMs: number };

/**
 * Scans a folder or an archive for a command that a person waits for: Ctrl-C ends it, and what went wrong is said. Answers the exit code
 * where there is no report.
 */
export async function scanSource(scan: SourceScan, terminal: ScanTerminal): Promise<ScanReport | number> {
  const interrupt = new AbortController();
  const onInterrupt = (): void => interrupt.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onInterrupt);
  try {
    return await tryToScan(
      scan,
      terminal,
      AbortSignal.any([interrupt.signal, ...(terminal.signal === undefined ? [] : [terminal.signal])]),
    );
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    complain(terminal, `nothing was covered: ${error.publicText} (${error.code})`); // 1 would read as findings
    return scanExits.incomplete;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onInterrupt);
  }
}

async function tryToScan(scan: SourceScan, terminal: ScanTerminal, signal: AbortSignal): Promise<ScanReport | number> {
  const sandbox = terminal.sandbox ?? (await ownSandbox(terminal.checkout));
  const source = resolve(scan.source);
  const scanned = await scanFolder(sandbox, { ...scan, source, signal });
  if (scanned.ok) return scanned.value;
  if (scanned.error.code !== 'sandbox.layers_missing') {
    complain(terminal, refusalLine(scanned.error, source));
    return scanned.error.code === 'ingest.cancelled' ? scanExits.incomplete : scanExits.usage;
  }
  complain(
    terminal,
    ['nothing ran, because the sandbox lacks what it needs here:', ...scanned.error.missing.map((text) => `  - ${visibleText(text)}`)].join(
      '\n',
    ),
  );
  return scanExits.layersMissing;
}

async function ownSandbox(checkout: string): Promise<Sandbox & Unpacker> {
  const advisories = advisoryPlaces(checkout);
  await refreshAdvisories(advisories);
  return localSandbox({ runtimeDirectory: advisories.runtime, advisoriesDirectory: advisories.folder });
}

/** Says something on standard error, as every command does. */
export function complain(terminal: ScanTerminal, text: string): void {
  (terminal.writeError ?? ((line: string) => void process.stderr.write(line)))(`aegis: ${text}\n`);
}
