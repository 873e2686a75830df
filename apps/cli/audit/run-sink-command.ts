import { readFileSync } from 'node:fs';
import { addSink, sinksSchema, type SinksView } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { sessionUsage } from '../api/open-session.ts';
import { runSessionCommand, type SessionArguments, type SessionTerminal } from '../api/session-command.ts';
import { visibleText } from '../terminal/visible-text.ts';
import type { ApiClient } from '../up/api-client.ts';

const usage = `usage: npm run aegis -- audit sink COMMAND [--url URL | --data DIR]

  list                      where this log is streamed to, how far each stream is, what failed last
  webhook URL SECRET        signed HTTPS posts; SECRET is a file that holds whsec_ and a key in base64
  splunk URL SECRET         an HTTP event collector; SECRET is a file that holds its token
  syslog HOST PORT          RFC 5424 over TLS
  s3 BUCKET REGION          one object of JSON lines a batch, under aegis-audit/<tenant>/
  remove ID                 for good after five minutes

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
      terminal.write(renderSinks(await client.get('/v1/audit/sinks', sinksSchema)));
    },
  },
  webhook: adding(([url = '', file = '']) => ({ target: { kind: 'webhook', url }, secret: secretIn(file) })),
  splunk: adding(([url = '', file = '']) => ({ target: { kind: 'splunk', url }, secret: secretIn(file) })),
  syslog: adding(([host = '', port = '']) => ({ target: { kind: 'syslog', host, port: Number(port) } })),
  s3: adding(([bucket = '', region = '']) => ({ target: { kind: 's3', bucket, region } })),
  remove: { words: 1, run: (client, [id = '']) => client.remove(`/v1/audit/sinks/${encodeURIComponent(id)}`) },
};

/** `aegis audit sink ...`. */
export function runSinkCommand([name = '', ...argv]: readonly string[], terminal: SessionTerminal): Promise<number> {
  const act = Object.hasOwn(acts, name) ? acts[name] : undefined;
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

function adding(bodyOf: (words: SessionArguments['words']) => unknown): Act {
  return {
    words: 2,
    run: async (client, words, terminal) => {
      const { id } = await client.post('/v1/audit/sinks', bodyOf(words), addSink.answers[201].schema);
      terminal.write(`added     ${id}\n`);
    },
  };
}

// a file and not a word: words of a command are seen by everybody on the machine
function secretIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new Fault('cli.secret_unreadable', {
      internal: file,
      public: `${visibleText(file)}: the file with the secret cannot be read`,
      cause,
    });
  }
}

/** Sinks as a person reads them. */
export function renderSinks({ sinks, size }: SinksView): string {
  const lines = sinks.map(({ id, target, next, failures, errorCode, failedAt, leavesAt }) => {
    const trouble = failures === 0 ? '' : `, not taken ${String(failures)} times: ${errorCode ?? ''} at ${failedAt ?? ''}`;
    return `sink      ${id}  ${target.kind} ${visibleText(placeOf(target))}  ${String(next)} of ${String(size)}${leavesAt === null ? trouble : `, leaves at ${leavesAt}`}`;
  });
  return [...(lines.length === 0 ? ['sink      none'] : lines), ''].join('\n');
}

function placeOf(target: SinksView['sinks'][number]['target']): string {
  if (target.kind === 's3') return target.bucket;
  return target.kind === 'syslog' ? `${target.host}:${String(target.port)}` : target.url;
}
