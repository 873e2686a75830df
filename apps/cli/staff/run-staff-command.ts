import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { firstStaff, type FirstPerson } from '@lib/flow/access';
import { systemIds } from '@lib/platform/clock';
import { isDataFolder, withDatabase } from '../api/with-database.ts';
import { visibleText } from '../terminal/visible-text.ts';

const usage = `usage: npm run aegis -- staff first NAME NAME [--data FOLDER]

  first  name the first two people of the operator's staff, once: each gets a secret, good for a day and for one passkey.
         They enter it on the page of staff; from then on two people let a third in, and there is no other way.
         AEGIS_ADMIN_DATABASE_URL names the database instead of a data folder.
`;
const namePattern = /^[\p{L}\p{N}][\p{L}\p{N} .'-]{0,99}$/u;
const options = { data: { type: 'string' }, help: { type: 'boolean', default: false } } as const;

/** What the command needs of the terminal. */
export type StaffTerminal = {
  readonly write: (text: string) => void;
  readonly checkout: string;
  readonly adminUrl: string | undefined;
};

/** `aegis staff first`: exit code 0, or 2 for usage. Faults: `staff.there_already`, `db.*`. */
export async function runStaffCommand([command, ...argv]: readonly string[], terminal: StaffTerminal): Promise<number> {
  const wish = command === 'first' ? parse(argv) : undefined;
  if (wish === undefined) return say(terminal, usage, command === undefined || command === '--help' ? 0 : 2);
  if (terminal.adminUrl !== undefined) return invite(terminal.adminUrl, wish.names, terminal);
  const folder = resolve(wish.data ?? join(terminal.checkout, '.aegis'));
  if (!isDataFolder(folder)) return say(terminal, `\`${visibleText(folder)}\` is no data folder of Aegis\n`, 2);
  return withDatabase(folder, (_data, _urlOf, adminUrl) => invite(adminUrl, wish.names, terminal));
}

type Names = readonly [string, string];

function parse(argv: readonly string[]): { readonly names: Names; readonly data: string | undefined } | undefined {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const [first, second, ...more] = positionals;
    if (values.help || first === undefined || second === undefined || more.length > 0 || first === second) return undefined;
    return [first, second].every((name) => namePattern.test(name)) ? { names: [first, second], data: values.data } : undefined;
  } catch {
    return undefined; // an option that there is not
  }
}

async function invite(adminUrl: string, names: Names, terminal: StaffTerminal): Promise<number> {
  const people = await firstStaff(adminUrl, systemIds, names);
  return say(terminal, `${people.map(lineOf).join('\n')}\n\nShown once. Hand each to its person alone.\n`, 0);
}

function lineOf({ name, secret }: FirstPerson): string {
  return `${visibleText(name)}  ${secret}`;
}

function say(terminal: StaffTerminal, text: string, exit: number): number {
  terminal.write(text);
  return exit;
}
