import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { openBundle, verifyBundle, type BundleFault, type BundleVerdict } from '@lib/flow/export';
import { visibleText } from '../terminal/visible-text.ts';
import { parseVerifyArguments, verifyUsage, type VerifyArguments } from './parse-verify-arguments.ts';

/** Where a command writes. */
export type AuditTerminal = { readonly write: (text: string) => void; readonly writeError?: (text: string) => void };

const exits = { verified: 0, refused: 1, usage: 2 } as const;

/** `aegis audit verify BUNDLE`: offline; answers the exit code. */
export async function runVerifyCommand(argv: readonly string[], terminal: AuditTerminal): Promise<number> {
  const parsed = parseVerifyArguments(argv);
  if (!parsed.ok) return complain(terminal, `${parsed.error.detail}\n${verifyUsage}`);
  if (parsed.value.help) {
    terminal.write(verifyUsage);
    return exits.verified;
  }
  const { bundle, key, sinceFile, json } = parsed.value;
  const since = sinceFile === undefined ? undefined : await readFile(resolve(sinceFile)).catch(() => 'unreadable' as const);
  if (since === 'unreadable') return complain(terminal, `${visibleText(sinceFile ?? '')} cannot be read`);
  const source = await openBundle(resolve(bundle));
  if (!source.ok) {
    const text = `${visibleText(bundle)}: ${visibleText(source.error.detail)} (${source.error.code})`;
    if (source.error.code !== 'bundle.tar_malformed') return complain(terminal, text);
    complain(terminal, text);
    return exits.refused; // it was given a bundle, and the bundle is broken
  }
  try {
    const verdict = await verifyBundle(source.value, { key, since });
    terminal.write(json ? `${JSON.stringify(verdict, null, 2)}\n` : renderVerdict(verdict, parsed.value));
    return verdict.ok ? exits.verified : exits.refused;
  } finally {
    await source.value.close();
  }
}

/** The verdict as a person reads it. */
export function renderVerdict(verdict: BundleVerdict, asked: Pick<VerifyArguments, 'sinceFile'>): string {
  const { checked, faults } = verdict;
  if (!verdict.ok)
    return [...faults.map(renderFault), `FAILED: ${String(faults.length)} ${faults.length === 1 ? 'fault' : 'faults'} found`, ''].join(
      '\n',
    );
  const what =
    verdict.kind === 'whole'
      ? `whole log: ${String(verdict.size)} entries hashed again, none missing, added, moved or changed`
      : `filtered export: ${String(verdict.matched ?? 0)} rows, each proved to be in a log of ${String(verdict.size)} entries; that no row is missing only a whole export can prove`;
  return [
    `verified  ${visibleText(verdict.origin ?? '')}`,
    `          ${what}`,
    `          root ${verdict.root ?? ''}; ${String(checked.tiles)} tiles, ${String(checked.proofs)} proofs, ${String(checked.views)} views`,
    verdict.extends === null
      ? `          ${asked.sinceFile === undefined ? 'no older checkpoint was given; --since FILE shows that history was not rewritten' : ''}`
      : `          extends the checkpoint of ${String(verdict.extends)} entries that you kept`,
    ...(verdict.keyFrom === 'bundle'
      ? [`          the key came with the bundle; compare it with one from elsewhere (--key): ${verdict.verifierKey ?? ''}`]
      : []),
    '',
  ].join('\n');
}

function renderFault({ code, index, through, path, detail }: BundleFault): string {
  const where =
    index === null
      ? ''
      : ` at sequence number ${String(index)}${through === undefined || through === index ? '' : ` to ${String(through)}`}`;
  const shown = [path, detail].filter((part) => part !== null && part !== undefined).map((part) => visibleText(part));
  return `FAULT     ${code}${where}${shown.length === 0 ? '' : ` (${shown.join(': ')})`}`;
}

function complain(terminal: AuditTerminal, text: string): number {
  (terminal.writeError ?? ((line: string) => void process.stderr.write(line)))(`aegis: ${text}\n`);
  return exits.usage;
}
