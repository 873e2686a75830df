import type { SessionTerminal } from './session-command.ts';

type Run = (argv: readonly string[], terminal: SessionTerminal) => Promise<number>;

/** Runs one of several commands by its name; without a name it says which there are. Exit codes: those of the command, 2 for no such one. */
export async function runSubcommand(
  [name, ...argv]: readonly string[],
  terminal: SessionTerminal,
  { usage, commands }: { readonly usage: string; readonly commands: Readonly<Record<string, Run>> },
): Promise<number> {
  const asked = name === undefined || name === '--help' || name === '-h' || name === 'help';
  const run = asked || !Object.hasOwn(commands, name) ? undefined : commands[name];
  if (run !== undefined) return run(argv, terminal);
  (asked ? terminal.write : terminal.writeError)(usage);
  return asked ? 0 : 2;
}
