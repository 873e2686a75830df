import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultPublicText, Fault } from '@lib/kernel';
import { readEnvironment } from '@lib/platform/config';
import type { SessionTerminal } from './api/session-command.ts';
import type { StaffTerminal } from './staff/run-staff-command.ts';
import { visibleText } from './terminal/visible-text.ts';
import type { UpTerminal } from './up/run-up.ts';

const usage = `usage: npm run aegis -- COMMAND

  scan SOURCE  analyse a folder or an archive with no services: findings as text, JSON or SARIF
  sbom SOURCE  write what it depends on: CycloneDX or SPDX
  advisories   what dependencies are compared with: import, sync, list, remove
  import FILE  give a running Aegis what other tools found (SARIF 2.1.0)
  findings     list, show and triage the findings of a running Aegis
  scans        list its scans, watch one
  github       verify what the installed Apps may do
  vex          write where its findings of dependencies stand (OpenVEX)
  audit        export an audit log and verify it offline; proofs, witnesses, erasure
  isolation    try to reach another tenant, as yourself, and get the result signed
  evidence     derive all stored evidence again and compare; holds and dates
  staff        name the first people of the operator's staff, serve their page
  up           start everything and scan (what \`npm start\` does)

\`COMMAND --help\` says more.
`;

type Command = (argv: readonly string[], terminal: UpTerminal & SessionTerminal & StaffTerminal) => Promise<number>;
// Each is loaded when it is asked for: together they bring a server and two cloud clients.
const commands = new Map<string | undefined, () => Promise<Command>>([
  ['scan', async () => (await import('./scan/run-scan-command.ts')).runScanCommand],
  ['sbom', async () => (await import('./sbom/run-sbom-command.ts')).runSbomCommand],
  ['advisories', async () => (await import('./advisories/run-advisories-command.ts')).runAdvisoriesCommand],
  ['import', async () => (await import('./import/run-import-command.ts')).runImportCommand],
  ['findings', async () => (await import('./findings/run-findings-command.ts')).runFindingsCommand],
  ['scans', async () => (await import('./scans/run-scans-command.ts')).runScansCommand],
  ['github', async () => (await import('./github/run-github-command.ts')).runGithubCommand],
  ['vex', async () => (await import('./vex/run-vex-command.ts')).runVexCommand],
  ['audit', async () => (await import('./audit/run-audit-command.ts')).runAuditCommand],
  ['isolation', async () => (await import('./isolation/run-isolation-command.ts')).runIsolationCommand],
  ['evidence', async () => (await import('./evidence/run-evidence-command.ts')).runEvidenceCommand],
  ['staff', async () => (await import('./staff/run-staff-command.ts')).runStaffCommand],
  ['up', async () => (await import('./up/run-up.ts')).runUp],
]);

const faultCharsMax = 400; // one line that a person reads

// The bundle lies in dist/, one folder below the checkout.
const checkout = resolve(dirname(fileURLToPath(import.meta.url)), '..');

process.exitCode = await main(process.argv.slice(2));

async function main([command, ...argv]: readonly string[]): Promise<number> {
  const environment = readEnvironment();
  const terminal = {
    write: (text: string) => void process.stdout.write(text),
    writeError: (text: string) => void process.stderr.write(text),
    token: environment['AEGIS_TOKEN'],
    adminUrl: environment['AEGIS_ADMIN_DATABASE_URL'],
    isTty: process.stdout.isTTY,
    columns: process.stdout.columns,
    noColor: (environment['NO_COLOR'] ?? '') !== '',
    checkout,
  };
  try {
    const load = commands.get(command);
    if (load !== undefined) return await (await load())(argv, terminal);
    process.stderr.write(usage);
    return command === undefined || command === '--help' || command === 'help' ? 0 : 2;
  } catch (error) {
    return tell(error, (environment['AEGIS_DEBUG'] ?? '') !== '');
  }
}

// A user gets a sentence and a code; whoever mends Aegis asks for the rest.
function tell(error: unknown, debug: boolean): number {
  if (debug) process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  if (error instanceof Fault) process.stderr.write(`aegis: ${sayFault(error)} (${error.code})\n`);
  else process.stderr.write('aegis: something unforeseen went wrong; AEGIS_DEBUG=1 shows it (cli.unexpected)\n');
  return 1;
}

// On this machine the user is the operator: where nothing is said for the public, the operator's own text is, on one line.
function sayFault(fault: Fault): string {
  if (fault.publicText !== defaultPublicText) return fault.publicText;
  const internal = fault.message.slice(`${fault.code}: `.length).replaceAll(/\s+/gu, ' ').trim();
  return visibleText(internal.slice(0, faultCharsMax));
}
