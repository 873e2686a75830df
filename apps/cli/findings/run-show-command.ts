import { getFinding, listFindingActs } from '@lib/contract';
import { sessionUsage } from '../api/open-session.ts';
import { asksForJson, formatUsage } from '../api/output-format.ts';
import { runSessionCommand, type SessionTerminal } from '../api/session-command.ts';
import { terminalStyle } from '../terminal/terminal-style.ts';
import { renderFinding } from './render-finding.ts';

const usage = `usage: npm run aegis -- findings show ID [--format text|json]

One finding: what is wrong, where, each step of the data, how to mend it, its evidence (read back and verified for this answer) and its
history.

${formatUsage}${sessionUsage}
exit codes: 0 shown and its evidence is what was sealed, 1 not, 2 usage
`;

/** `aegis findings show`. */
export function runShowCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  return runSessionCommand(argv, terminal, {
    usage,
    words: [1, 1],
    options: ['format'],
    run: async (client, given) => {
      const id = encodeURIComponent(given.words[0] ?? '');
      const finding = await client.get(getFinding.path.replace('{findingId}', id), getFinding.answers[200].schema);
      const acts = await client.get(listFindingActs.path.replace('{findingId}', id), listFindingActs.answers[200].schema);
      const { items: history } = acts;
      const json = asksForJson(given, terminal);
      terminal.write(
        json ? `${JSON.stringify({ finding, history }, null, 2)}\n` : renderFinding(finding, history, terminalStyle(terminal)),
      );
      return ['verified', 'expired'].includes(finding.evidence.state) ? 0 : 1;
    },
  });
}
