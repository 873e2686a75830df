import { join, resolve } from 'node:path';
import type { TenantId } from '@lib/contract';
import { verifyEvidence } from '@lib/flow/evidence';
import type { PackVerdict, PacksVerdict } from '@lib/guard/evidence';
import { openTenancy, operatorPass } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import { closeDatabase, openDatabase } from '@lib/platform/db';
import { openVault } from '@lib/platform/vault';
import { visibleText } from '../terminal/visible-text.ts';
import type { SessionTerminal } from '../api/session-command.ts';
import { isDataFolder, withDatabase } from '../api/with-database.ts';
import type { DataFolder } from '../up/data-folder.ts';
import { runKeepingCommand } from './run-keeping-command.ts';
import { evidenceUsage, parseEvidenceArguments } from './parse-evidence-arguments.ts';

const exits = { verified: 0, altered: 1, unread: 2 } as const;

/** `aegis evidence ...`. `verify`: a line for each pack, and the sum; answers the exit code. */
export async function runEvidenceCommand([command, ...argv]: readonly string[], terminal: SessionTerminal): Promise<number> {
  if (command === undefined || command === '--help' || command === 'help') return say(terminal, evidenceUsage, exits.verified);
  if (command === 'hold' || command === 'release' || command === 'extend') return runKeepingCommand(command, argv, terminal);
  if (command !== 'verify') return say(terminal, evidenceUsage, exits.unread);
  const parsed = parseEvidenceArguments(argv);
  if (!parsed.ok) return say(terminal, `${visibleText(parsed.error.detail)}\n\n${evidenceUsage}`, exits.unread);
  if (parsed.value.help) return say(terminal, evidenceUsage, exits.verified);
  const folder = resolve(parsed.value.dataDirectory ?? join(terminal.checkout, '.aegis'));
  if (!isDataFolder(folder)) return say(terminal, `\`${visibleText(folder)}\` is no data folder of Aegis\n`, exits.unread);
  return withDatabase(folder, async (data, urlOf, adminUrl) => {
    const verdict = await verify(
      data,
      { databaseUrl: urlOf('aegis_api'), adminUrl, tenantId: parsed.value.tenantId ?? data.secrets.tenantId },
      terminal,
    );
    terminal.write(sumOf(verdict));
    return exitOf(verdict);
  });
}

async function verify(
  data: DataFolder,
  of: { readonly databaseUrl: string; readonly adminUrl: string; readonly tenantId: TenantId },
  terminal: SessionTerminal,
): Promise<PacksVerdict> {
  const settings = { keys: { kind: 'keyring', folder: data.keys }, objects: { kind: 'folder', folder: data.objects } } as const;
  const vault = await openVault(settings, systemClock);
  const database = openDatabase({ url: of.databaseUrl, poolMax: 1, applicationName: 'aegis-verify' });
  try {
    const onPack = (one: PackVerdict): void => terminal.write(lineOf(one));
    const deps = { ...vault, tenancy: openTenancy(database), clock: systemClock, ids: systemIds, onPack };
    const pass = operatorPass(of.adminUrl, of.tenantId);
    return await verifyEvidence(deps, { tenantId: of.tenantId, actor: { type: 'system', id: 'command-line' }, pass });
  } finally {
    await closeDatabase(database);
  }
}

function lineOf({ pack, state, reason }: PackVerdict): string {
  const what = state === 'verified' || state === 'expired' ? `${String(pack.entryCount)} entries, root ${pack.merkleRoot}` : (reason ?? '');
  return `${state.padEnd(11)} ${pack.id}  ${what}\n`;
}

function sumOf({ packs, entries, expired, failures }: PacksVerdict): string {
  const sum = `${String(packs)} packs, ${String(entries)} entries derived again, ${String(expired)} expired`;
  return failures.length === 0 ? `all verified: ${sum}\n` : `NOT VERIFIED: ${String(failures.length)} of ${sum}\n`;
}

function exitOf({ failures }: PacksVerdict): number {
  if (failures.some((one) => one.state !== 'unavailable')) return exits.altered;
  return failures.length === 0 ? exits.verified : exits.unread;
}

function say(terminal: SessionTerminal, text: string, exit: number): number {
  terminal.write(text);
  return exit;
}
