import { erasePersonal } from '@lib/contract';
import { sessionUsage } from '../api/open-session.ts';
import { runSessionCommand, type SessionTerminal } from '../api/session-command.ts';

const usage = `usage: npm run aegis -- audit erase SUBJECT [--url URL | --data DIR]

Destroys the key of a person's data in the audit log. It cannot be undone. Entries stay and verify as before.

${sessionUsage}
exit codes: 0 erased, or there was nothing, 1 refused, 2 usage
`;

/** `aegis audit erase SUBJECT`. */
export function runEraseCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  return runSessionCommand(argv, terminal, {
    usage,
    words: [1, 1],
    options: [],
    run: async (client, { words: [subject] }) => {
      const { erased } = await client.post(erasePersonal.path, { subject }, erasePersonal.answers[200].schema);
      terminal.write(erased ? 'erased\n' : 'there was nothing to erase\n');
      return 0;
    },
  });
}
