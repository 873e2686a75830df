import { auditHeadSchema, verifyAudit } from '@lib/contract';
import { sessionUsage } from '../api/open-session.ts';
import { runSessionCommand, type SessionTerminal } from '../api/session-command.ts';
import { visibleText } from '../terminal/visible-text.ts';

const usage = `usage: npm run aegis -- audit check [--url URL | --data DIR]

Has the live log derived again from its entries and compared with its signed checkpoint. What the server says of itself: an export
and \`audit verify\` need nobody's word.

${sessionUsage}
exit codes: 0 it holds, 1 it does not, and the sequence number at fault, 2 usage
`;

/** `aegis audit check`: one call of the API. */
export function runCheckCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  return runSessionCommand(argv, terminal, {
    usage,
    words: [0, 0],
    options: [],
    run: async (client) => {
      const verdict = await client.post(verifyAudit.path, {}, verifyAudit.answers[200].schema);
      const { pending } = await client.get('/v1/audit/head', auditHeadSchema);
      const waiting = `${String(pending)} events wait for their place`;
      if (verdict.ok) {
        terminal.write(`verified  ${String(verdict.size)} entries, root ${verdict.root}; ${waiting}\n`);
        return 0;
      }
      const place = verdict.failedIndex === null ? '' : ` at sequence number ${String(verdict.failedIndex)}`;
      terminal.write(`FAULT     ${visibleText(verdict.reason ?? 'unknown')}${place}; ${waiting}\n`);
      return 1;
    },
  });
}
