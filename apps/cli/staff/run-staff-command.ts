import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { firstStaff, type FirstPerson } from '@lib/flow/access';
import { systemIds } from '@lib/platform/clock';
import { isDataFolder, withDatabase } from '../api/with-database.ts';
import { visibleText } from '../terminal/visible-text.ts';
import { serveStaff, type ServePlan } from './serve-staff.ts';

const usage = `usage: npm run aegis -- staff first NAME NAME [--data FOLDER]
       npm run aegis -- staff serve [--port PORT] [--data FOLDER]

  first  name the first two people of the operator's staff, once: each gets a secret, good for a day and for one passkey.
         They enter it on the page of staff; from then on two people let a third in, and there is no other way.
         AEGIS_ADMIN_DATABASE_URL names the database instead of a data folder.
  serve  serve the page of staff of a data folder, at an address of its own (port 4181), until Ctrl-C
`;
const namePattern = /^[\p{L}\p{N}][\p{L}\p{N} .'-]{0,99}$/u;
const defaultPort = 4181;
const portMax = 65_535;
const options = { data: { type: 'string' }, port: { type: 'string' }, help: { type: 'boolean', default: false } } as const;

/** What the command needs of the terminal. */
export type StaffTerminal = {
  readonly write: (text: string) => void;
  readonly checkout: string;
  readonly adminUrl: string | undefined;
};

/** `aegis staff ...`: exit code 0, or 2 for usage. Faults: `staff.there_already`, `up.service_failed`, `db.*`. */
export async function runStaffCommand([command, ...argv]: readonly string[], terminal: StaffTerminal): Promise<number> {
  const wish = command === 'first' || command === 'serve' ? parse(command, argv) : undefined;
  if (wish === undefined) return say(terminal, usage, command === undefined || command === '--help' ? 0 : 2);
  if (wish.command === 'first' && terminal.adminUrl !== undefined) return invite(terminal.adminUrl, wish.names, terminal);
  const folder = resolve(wish.data ?? join(terminal.checkout, '.aegis'));
  if (!isDataFolder(folder)) return say(terminal, `\`${visibleText(folder)}\` is no data folder of Aegis\n`, 2);
  return withDatabase(folder, (data, databaseUrl, adminUrl) =>
    wish.command === 'first' ? invite(adminUrl, wish.names, terminal) : serve({ data, databaseUrl, port: wish.port }, terminal),
  );
}

type Names = readonly [string, string];
type Wish = { readonly data: string | undefined } & (
  { readonly command: 'first'; readonly names: Names } | { readonly command: 'serve'; readonly port: number }
);

function parse(command: Wish['command'], argv: readonly string[]): Wish | undefined {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    if (values.help) return undefined;
    return command === 'first' ? parseNames(positionals, values.data) : parsePort(positionals, values);
  } catch {
    return undefined; // an option that there is not
  }
}

function parseNames([first, second, ...more]: readonly string[], data: string | undefined): Wish | undefined {
  if (first === undefined || second === undefined || more.length > 0 || first === second) return undefined;
  return [first, second].every((name) => namePattern.test(name)) ? { command: 'first', names: [first, second], data } : undefined;
}

function parsePort(more: readonly string[], values: { readonly port?: string; readonly data?: string }): Wish | undefined {
  const port = Number(values.port ?? defaultPort);
  if (more.length > 0 || !Number.isSafeInteger(port) || port < 0 || port > portMax) return undefined;
  return { command: 'serve', port, data: values.data };
}

async function serve(plan: Pick<ServePlan, 'data' | 'databaseUrl' | 'port'>, terminal: StaffTerminal): Promise<number> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
  const onReady = (address: string): void => terminal.write(`page of staff: ${address}\nCtrl-C stops it\n`);
  await serveStaff({ ...plan, checkout: terminal.checkout, onReady, stopping: stopping.signal });
  return 0;
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
