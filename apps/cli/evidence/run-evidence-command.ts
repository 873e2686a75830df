import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TenantId } from '@lib/contract';
import { verifyEvidence } from '@lib/flow/evidence';
import type { PackVerdict, PacksVerdict } from '@lib/guard/evidence';
import { openTenancy, operatorPass } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import { closeDatabase, openDatabase, urlOf } from '@lib/platform/db';
import { findRunning, startPostgres } from '@lib/platform/embedded-postgres';
import { openVault } from '@lib/platform/vault';
import { visibleText } from '../terminal/visible-text.ts';
import { openDataFolder, type DataFolder } from '../up/data-folder.ts';
import { evidenceUsage, parseEvidenceArguments } from './parse-evidence-arguments.ts';

/** Where the command writes, and where the checkout is. */
export type EvidenceTerminal = { readonly write: (text: string) => void; readonly checkout: string };

const exits = { verified: 0, altered: 1, unread: 2 } as const;

/** `aegis evidence verify`: a line for each pack, and the sum; answers the exit code. */
export async function runEvidenceCommand([command, ...argv]: readonly string[], terminal: EvidenceTerminal): Promise<number> {
  if (command === undefined || command === '--help' || command === 'help') return say(terminal, evidenceUsage, exits.verified);
  if (command !== 'verify') return say(terminal, evidenceUsage, exits.unread);
  const parsed = parseEvidenceArguments(argv);
  if (!parsed.ok) return say(terminal, `${visibleText(parsed.error.detail)}\n\n${evidenceUsage}`, exits.unread);
  if (parsed.value.help) return say(terminal, evidenceUsage, exits.verified);
  const folder = resolve(parsed.value.dataDirectory ?? join(terminal.checkout, '.aegis'));
  if (!existsSync(join(folder, 'secrets.json')))
    return say(terminal, `\`${visibleText(folder)}\` is no data folder of Aegis\n`, exits.unread);
  const data = await openDataFolder(folder);
  return withServer(data, async (server) => {
    const verdict = await verify(data, { ...server, tenantId: parsed.value.tenantId ?? data.secrets.tenantId }, terminal);
    terminal.write(sumOf(verdict));
    return exitOf(verdict);
  });
}

async function verify(
  data: DataFolder,
  of: ServerUrls & { readonly tenantId: TenantId },
  terminal: EvidenceTerminal,
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

/** Of one server: as the API's role, and as whoever administers it, whose right the command acts by. */
type ServerUrls = { readonly databaseUrl: string; readonly adminUrl: string };

// A server that runs is used as it is; otherwise one is started for as long as this takes.
async function withServer(data: DataFolder, work: (server: ServerUrls) => Promise<number>): Promise<number> {
  const urlOn = ({ host, port, adminUrl }: { readonly host: string; readonly port: number; readonly adminUrl: string }): ServerUrls => ({
    databaseUrl: `postgresql://aegis_api:${encodeURIComponent(data.secrets.passwords.aegis_api)}@${host}:${String(port)}/aegis`,
    adminUrl: urlOf(adminUrl, 'aegis'),
  });
  const running = await findRunning(data.root);
  if (running !== undefined) return work(urlOn(running));
  const server = await startPostgres({ dataDirectory: data.root });
  try {
    return await work(urlOn(server));
  } finally {
    await server.stop();
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

function say(terminal: EvidenceTerminal, text: string, exit: number): number {
  terminal.write(text);
  return exit;
}
