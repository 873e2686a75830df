import { decideFinding, decideFindings, decidedStates, limits } from '@lib/contract';
import { sessionUsage } from '../api/open-session.ts';
import { runSessionCommand, type SessionArguments, type SessionTerminal } from '../api/session-command.ts';
import { visibleText } from '../terminal/visible-text.ts';
import type { ApiClient } from '../up/api-client.ts';

const usage = `usage: npm run aegis -- findings triage ID... --state in_review|confirmed|open [--comment TEXT] [--count N]

Says where findings stand; \`open\` takes a decision back. Who decided, when and why stays in their history and in the audit log.

  --state S       in_review, confirmed or open
  --comment TEXT  why; it stays in the history
  --count N       how many ids stand here; asked for when there are several, so that a list that grew by mistake changes nothing
${sessionUsage}
exit codes: 0 decided, 1 not, 2 usage
`;

/** `aegis findings triage`: one finding, or several, all or none. */
export function runTriageCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  return runSessionCommand(argv, terminal, {
    usage,
    words: [1, limits.findingsPerDecisionMax],
    options: ['state', 'comment', 'count'],
    run: async (client, given) => {
      const state = decidedStates.find((name) => name === given.text('state'));
      if (state === undefined) return complain(terminal, `--state is one of ${decidedStates.join(', ')}`);
      if (given.words.length > 1 && given.text('count') !== String(given.words.length))
        return complain(
          terminal,
          `these are ${String(given.words.length)} findings: say --count ${String(given.words.length)} if all are meant`,
        );
      terminal.write(await decide(client, given.words, { state, ...commentOf(given) }));
      return 0;
    },
  });
}

type Decision = { readonly state: (typeof decidedStates)[number]; readonly comment?: string };

async function decide(client: ApiClient, ids: readonly string[], decision: Decision): Promise<string> {
  const [first = '', ...others] = ids;
  if (others.length === 0) {
    const path = decideFinding.path.replace('{findingId}', encodeURIComponent(first));
    const { state, title } = await client.post(path, decision, decideFinding.answers[200].schema);
    return `${state.replaceAll('_', ' ')}  ${visibleText(title)}\n`;
  }
  const body = { findingIds: ids, count: ids.length, ...decision };
  const { changed, unchanged } = await client.post(decideFindings.path, body, decideFindings.answers[200].schema);
  return `${String(changed)} changed${unchanged === 0 ? '' : `, ${String(unchanged)} left as they were`}\n`;
}

function commentOf(given: SessionArguments): { readonly comment?: string } {
  const comment = given.text('comment');
  return comment === undefined ? {} : { comment };
}

function complain(terminal: SessionTerminal, detail: string): number {
  terminal.writeError(`aegis: ${detail}\n\n${usage}`);
  return 2;
}
