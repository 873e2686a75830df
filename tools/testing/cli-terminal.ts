import type { SessionTerminal } from '../../apps/cli/api/session-command.ts';

/** How a command ended, and what it wrote. */
export type CommandRun = { readonly code: number; readonly out: string; readonly errors: string };

type Command = (argv: readonly string[], terminal: SessionTerminal) => Promise<number>;

/** What runs commands against the API whose address lies in `folder`: on a terminal, or where nobody looks. */
export function commandRunner(folder: string, { isTty }: { readonly isTty: boolean } = { isTty: false }) {
  return async (run: Command, ...argv: readonly string[]): Promise<CommandRun> => {
    let [out, errors] = ['', ''];
    const terminal = {
      write: (text: string) => void (out += text),
      writeError: (text: string) => void (errors += text),
      isTty,
      noColor: true,
      checkout: folder,
      token: undefined,
    };
    const code = await run([...argv, '--data', folder], terminal);
    return { code, out, errors };
  };
}
