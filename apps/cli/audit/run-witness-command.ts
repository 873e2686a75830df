import { addWitness, requireWitnesses, witnessingSchema, type WitnessingView } from '@lib/contract';
import { sessionUsage } from '../api/open-session.ts';
import { runSessionCommand, type SessionArguments, type SessionTerminal } from '../api/session-command.ts';
import { visibleText } from '../terminal/visible-text.ts';
import type { ApiClient } from '../up/api-client.ts';

const usage = `usage: npm run aegis -- audit witness COMMAND [--url URL | --data DIR]

  list                 who cosigns this log, how far they are, and the rule
  add KEY URL          have each new checkpoint cosigned by a C2SP witness; KEY is its verifier key, URL its HTTPS prefix
  remove ID
  require MIN LEAVES   the log goes no further than LEAVES entries past what MIN witnesses have cosigned
  waive                the rule no more

${sessionUsage}
exit codes: 0 done, 1 refused, 2 usage
`;

type Act = {
  readonly words: number;
  readonly run: (client: ApiClient, words: SessionArguments['words'], terminal: SessionTerminal) => Promise<void>;
};

const acts: Readonly<Record<string, Act>> = {
  list: {
    words: 0,
    run: async (client, _words, terminal) => {
      terminal.write(renderWitnessing(await client.get('/v1/audit/witnesses', witnessingSchema)));
    },
  },
  add: {
    words: 2,
    run: async (client, [verifierKey, url], terminal) => {
      const { id } = await client.post('/v1/audit/witnesses', { verifierKey, url }, addWitness.answers[201].schema);
      terminal.write(`added     ${id}\n`);
    },
  },
  remove: { words: 1, run: (client, [id = '']) => client.remove(`/v1/audit/witnesses/${encodeURIComponent(id)}`) },
  require: {
    words: 2,
    run: async (client, [min, leaves]) => {
      const rule = { witnessesMin: Number(min), unwitnessedMax: Number(leaves) };
      await client.post('/v1/audit/witness-rule', { rule }, requireWitnesses.answers[200].schema);
    },
  },
  waive: {
    words: 0,
    run: async (client) => {
      await client.post('/v1/audit/witness-rule', { rule: null }, requireWitnesses.answers[200].schema);
    },
  },
};

/** `aegis audit witness ...`. */
export function runWitnessCommand([name = '', ...argv]: readonly string[], terminal: SessionTerminal): Promise<number> {
  const act = acts[name];
  if (act === undefined)
    return runSessionCommand(['--help'], terminal, { usage, words: [0, 0], options: [], run: () => Promise.resolve(0) });
  return runSessionCommand(argv, terminal, {
    usage,
    words: [act.words, act.words],
    options: [],
    run: async (client, { words }) => {
      await act.run(client, words, terminal);
      return 0;
    },
  });
}

/** Witnesses and rule as a person reads them. */
export function renderWitnessing({ witnesses, rule, witnessed, size, pending }: WitnessingView): string {
  const lines = witnesses.map(
    ({ id, url, knownSize, failures }) =>
      `witness   ${id}  ${visibleText(url)}  ${String(knownSize)} of ${String(size)}${failures === 0 ? '' : `, silent ${String(failures)} times`}`,
  );
  const held =
    rule === null
      ? 'rule      none: the log goes on without them'
      : `rule      ${String(rule.witnessesMin)} must have cosigned, at most ${String(rule.unwitnessedMax)} entries ahead of them`;
  const reached = `witnessed ${witnessed === null ? 'nothing yet' : `${String(witnessed.size)} of ${String(size)} entries`}; ${String(pending)} events wait`;
  return [...(lines.length === 0 ? ['witness   none'] : lines), held, reached, ''].join('\n');
}
