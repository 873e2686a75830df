import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { TenantId, TenantPass } from '@lib/contract';
import { verifyLogOfLogs, type LogsVerdict } from '@lib/guard/audit';
import { openTenancy, operatorPass } from '@lib/guard/tenancy';
import { closeDatabase, openDatabase } from '@lib/platform/db';
import { localKeyring } from '@lib/platform/kms';
import type { SessionTerminal } from '../api/session-command.ts';
import { isDataFolder, withDatabase } from '../api/with-database.ts';
import { visibleText } from '../terminal/visible-text.ts';

const usage = `usage: npm run aegis -- audit logs [--data DIR]

Checks the log over all tenants' logs: its own signature, and of every log that it ever counted that it is there, is not shorter, and
extends what it was. For whoever holds the data folder; it works while Aegis runs, and when nothing does.

exit codes: 0 all hold, 1 one does not, 2 usage
`;
const auditHost = 'audit.aegis.local';

/** `aegis audit logs`: a line for each log at fault, and the sum. */
export async function runLogsCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  const wish = parse(argv);
  if (wish === undefined || wish.help) {
    (wish === undefined ? terminal.writeError : terminal.write)(usage);
    return wish === undefined ? 2 : 0;
  }
  const folder = resolve(wish.data ?? join(terminal.checkout, '.aegis'));
  if (!isDataFolder(folder)) {
    terminal.writeError(`aegis: \`${visibleText(folder)}\` is no data folder of Aegis\n`);
    return 2;
  }
  const verdict = await withDatabase(folder, async (data, urlOf, adminUrl) => {
    const database = openDatabase({ url: urlOf('aegis_audit'), poolMax: 1, applicationName: 'aegis-verify' });
    const keys = { kms: await localKeyring({ folder: data.keys }), host: auditHost };
    const passOf = (tenantId: TenantId): TenantPass => operatorPass(adminUrl, tenantId);
    return verifyLogOfLogs({ database, keys, tenancy: openTenancy(database), passOf }).finally(() => closeDatabase(database));
  });
  terminal.write(renderLogs(verdict));
  return verdict.ok ? 0 : 1;
}

/** The verdict as a person reads it. */
export function renderLogs({ ok, size, logs, failures }: LogsVerdict): string {
  const lines = failures.map(
    ({ reason, index, tenantId }) =>
      `FAULT     ${reason}${tenantId === null ? '' : ` log of ${tenantId}`}${index === null ? '' : `, leaf ${String(index)}`}`,
  );
  const sum = `${String(logs)} logs, ${String(size)} heads counted`;
  return [...lines, ok ? `verified  ${sum}` : `FAILED    ${sum}`, ''].join('\n');
}

function parse(argv: readonly string[]): { readonly help: boolean; readonly data: string | undefined } | undefined {
  try {
    const options = { data: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } } as const;
    const { values } = parseArgs({ args: [...argv], options });
    return { help: values.help, data: values.data };
  } catch {
    return undefined;
  }
}
