import { realpathSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Fault } from '@lib/kernel';
import { terminalStyle, type TerminalStyle } from '../terminal/terminal-style.ts';
import { visibleText } from '../terminal/visible-text.ts';
import { apiClient } from './api-client.ts';
import { chooseRepository, type ChosenRepository } from './choose-repository.ts';
import { openDataFolder } from './data-folder.ts';
import { parseUpArguments, upUsage, type UpArguments } from './parse-up-arguments.ts';
import { renderReport } from './render-report.ts';
import { scanOnce, type ScanReport } from './scan-once.ts';
import { keepStack, type KeptStack } from './keep-stack.ts';
import { verifyProofs } from './verify-proofs.ts';

const stoppedExit = 130; // as shells say it of SIGINT

/** The streams and settings of the terminal that `up` talks to. */
export type UpTerminal = {
  readonly write: (text: string) => void;
  readonly isTty: boolean;
  readonly noColor: boolean;
  readonly columns?: number | undefined;
  readonly checkout: string;
};

/**
 * `npm start`: brings everything up, scans once through the whole path, shows what was found and proved, and stays until told to stop.
 * Exit codes: 0 when the scan is complete and evidence and audit log verified (or on Ctrl-C), 1 when something did not verify,
 * 2 usage, 3 the scan is incomplete, 78 the sandbox's walls are missing, 130 `--once` was stopped before its scan had ended.
 */
export async function runUp(argv: readonly string[], terminal: UpTerminal): Promise<number> {
  const style = terminalStyle(terminal);
  const parsed = parseUpArguments(argv);
  if (!parsed.ok || parsed.value.help) {
    terminal.write(parsed.ok ? upUsage : `${parsed.error.detail}\n\n${upUsage}`);
    return parsed.ok ? 0 : 2;
  }
  const repository = await chooseRepository(parsed.value.repository ?? join(terminal.checkout, 'vuln-saas'));
  const stopping = stopSignal();
  const data = await openDataFolder(resolve(parsed.value.dataDirectory ?? join(terminal.checkout, '.aegis')));
  terminal.write(`${style.bold('Aegis')} ${style.dim(`data in ${visibleText(data.root)}`)}\n`);
  const services = await keepStack({
    checkout: terminal.checkout,
    data,
    port: parsed.value.port,
    allowedFolders: [
      ...new Set([realpathSync(join(terminal.checkout, 'vuln-saas')), ...(repository.kind === 'folder' ? [repository.place] : [])]),
    ],
    say: (line) => terminal.write(style.dim(`  ${line}\n`)),
  });
  try {
    return await useServices({
      services,
      repository,
      arguments: parsed.value,
      terminal,
      style,
      stopping,
      keysFolder: data.keys,
      objectsFolder: data.objects,
    });
  } finally {
    await services.stop();
  }
}

type Use = {
  readonly services: KeptStack;
  readonly repository: ChosenRepository;
  readonly arguments: UpArguments;
  readonly terminal: UpTerminal;
  readonly style: TerminalStyle;
  readonly stopping: AbortSignal;
  readonly keysFolder: string;
  readonly objectsFolder: string;
};

async function useServices(use: Use): Promise<number> {
  const { terminal, style, stopping } = use;
  const services = use.services.current();
  const client = apiClient(services.base, services.tenant.cliToken);
  terminal.write(`  scanning ${visibleText(use.repository.place)}\n`);
  const report = await scanOnce({ client, repository: use.repository, write: terminal.write, style, stopping });
  if (report === undefined) return use.arguments.once ? stoppedExit : 0;
  const proofs = await verifyProofs({
    services: use.services.current(),
    client,
    keysFolder: use.keysFolder,
    objectsFolder: use.objectsFolder,
  });
  const addresses = {
    // passkeys are for names: the same server, by its name
    dashboard: `${services.base.replace('127.0.0.1', 'localhost')}/#code=${services.tenant.signInCode}`,
    documentation: `${services.base}/docs`,
  };
  terminal.write(renderReport({ report, proofs, addresses, notes: services.notes, style }));
  if (use.arguments.jsonFile !== undefined) await writeSummary(resolve(use.arguments.jsonFile), { report, proofs });
  const code = exitCodeOf(
    report,
    proofs.every((proof) => proof.ok),
  );
  if (use.arguments.once) return code;
  terminal.write(style.dim('\nCtrl-C stops everything; the next start keeps the data.\n'));
  await untilAborted(stopping);
  terminal.write(style.dim('stopping ...\n'));
  return 0;
}

function exitCodeOf(report: ScanReport, verified: boolean): number {
  if (report.scan.errorCode === 'sandbox.layers_missing') return 78;
  if (report.scan.state === 'failed' || !verified) return 1;
  return report.scan.state === 'succeeded' ? 0 : 3;
}

async function writeSummary(file: string, summary: { readonly report: ScanReport; readonly proofs: readonly unknown[] }): Promise<void> {
  const draft = `${file}.${String(process.pid)}.tmp`;
  const { scan, findings } = summary.report;
  try {
    await writeFile(draft, `${JSON.stringify({ scan, findings, proofs: summary.proofs }, null, 2)}\n`);
    await rename(draft, file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    throw new Fault('up.summary_unwritable', { internal: reason, public: `the summary cannot be written: ${reason}` });
  }
}

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => controller.abort());
  }
  return controller.signal;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  // a pending promise does not keep a process alive; the timer does
  const idle = setInterval(() => undefined, 60_000);
  return new Promise((done) => {
    const end = (): void => {
      clearInterval(idle);
      done();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
