import { randomUUID } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { cycloneDxDocument, deniedLicenses, spdxDocument, type Bill } from '@lib/engine/sbom';
import { gapLines } from '../scan/render-text.ts';
import type { ScanReport } from '../scan/scan-folder.ts';
import { complain, scanExits, scanSource, type ScanTerminal } from '../scan/scan-source.ts';
import { writeOutput } from '../scan/write-output.ts';
import { productVersion } from '../terminal/product-version.ts';
import { terminalStyle } from '../terminal/terminal-style.ts';
import { visibleText } from '../terminal/visible-text.ts';
import { parseSbomArguments, sbomUsage, type SbomArguments } from './parse-sbom-arguments.ts';

const exits = { written: 0, denied: 1, ...scanExits } as const;

/**
 * `aegis sbom SOURCE`: reads lock files and manifests behind the sandbox's walls and writes what they resolve. Answers the exit code: 3
 * when something could not be read, which is said and stands in the document too.
 */
export async function runSbomCommand(argv: readonly string[], terminal: ScanTerminal): Promise<number> {
  const parsed = parseSbomArguments(argv);
  if (!parsed.ok) {
    complain(terminal, `${visibleText(parsed.error.detail)}\n${sbomUsage}`);
    return exits.usage;
  }
  if (parsed.value.help) {
    terminal.write(sbomUsage);
    return exits.written;
  }
  const { source, wallMs } = parsed.value;
  const report = await scanSource({ source, analyzers: ['sca'], wallMs }, terminal);
  if (typeof report === 'number') return report;
  if (!(await writeBill(report, parsed.value, terminal))) return exits.usage;
  const told = exitOf(report, terminal);
  return tellDenied(report, parsed.value, terminal) ? exits.denied : told;
}

async function writeBill(report: ScanReport, request: SbomArguments, terminal: ScanTerminal): Promise<boolean> {
  const bill: Bill = {
    components: report.components,
    certificate: report.certificate,
    subject: request.name ?? basename(resolve(request.source)),
    tool: { version: productVersion },
    createdAt: new Date().toISOString().replace(/\.\d{3}Z$/u, 'Z'),
    documentId: randomUUID(),
  };
  const text = `${JSON.stringify(request.format === 'spdx' ? spdxDocument(bill) : cycloneDxDocument(bill), null, 2)}\n`;
  if (request.output === undefined) {
    terminal.write(text);
    return true;
  }
  const written = await writeOutput(resolve(request.output), text);
  if (!written.ok) complain(terminal, `${visibleText(request.output)} cannot be written: ${written.error.reason} (${written.error.code})`);
  return written.ok;
}

function tellDenied({ components }: ScanReport, { deniedLicenses: denied }: SbomArguments, terminal: ScanTerminal): boolean {
  const found = deniedLicenses(components, denied);
  for (const { package: one, license = 'no licence named' } of found)
    complain(terminal, `denied licence: ${visibleText(`${one.name} ${one.version}: ${license} (${one.paths.join(', ')})`)}`);
  return found.length > 0;
}

function exitOf(report: ScanReport, terminal: ScanTerminal): number {
  const unresolved = report.certificate.entries.filter(({ reason }) => reason === 'unresolved');
  for (const { path, detail = '' } of unresolved)
    complain(terminal, `not in it, since no version is known: ${visibleText(`${path}, ${detail}`)}`);
  for (const line of gapLines(report, terminalStyle({ isTty: false, noColor: true }))) complain(terminal, line);
  return report.certificate.complete ? exits.written : exits.incomplete;
}
