import { parseArgs, type ParseArgsConfig } from 'node:util';
import { visibleText } from '../terminal/visible-text.ts';
import type { ApiClient } from '../up/api-client.ts';
import { openSession, sessionOptions } from './open-session.ts';

/** Where a command writes, what it finds, and the token of the environment. */
export type SessionTerminal = {
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  readonly isTty: boolean;
  readonly noColor?: boolean;
  readonly columns?: number | undefined;
  readonly checkout: string;
  readonly token: string | undefined;
};

/** Options as text; those that were not given are absent. */
export type SessionArguments = {
  readonly words: readonly string[];
  readonly text: (name: string) => string | undefined;
};

/** One command that asks a running API. `words`: how many words it takes beside its options. */
export type SessionCommand = {
  readonly usage: string;
  readonly words: readonly [min: number, max: number];
  readonly options: readonly string[];
  readonly run: (client: ApiClient, given: SessionArguments) => Promise<number>;
};

const usageExit = 2;

/** Parses, opens the session, runs; answers the exit code: 2 for usage, else the command's. */
export async function runSessionCommand(argv: readonly string[], terminal: SessionTerminal, command: SessionCommand): Promise<number> {
  const complain = (detail: string): number => {
    terminal.writeError(`aegis: ${visibleText(detail)}\n\n${command.usage}`);
    return usageExit;
  };
  const parsed = parse(argv, command);
  if (typeof parsed === 'string') return complain(parsed);
  if (parsed.values['help'] === true) {
    terminal.write(command.usage);
    return 0;
  }
  const [min, max] = command.words;
  const words = parsed.positionals;
  if (words.length < min || words.length > max) return complain(words.length < min ? 'something is missing' : 'too many words');
  const text = (name: string): string | undefined => {
    const value = parsed.values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const session = await openSession({ url: text('url'), data: text('data'), token: terminal.token, checkout: terminal.checkout });
  return session.ok ? command.run(session.value, { words, text }) : complain(session.error.detail);
}

function parse(argv: readonly string[], { options }: SessionCommand) {
  const config: ParseArgsConfig = {
    args: [...argv],
    allowPositionals: true,
    options: {
      ...sessionOptions,
      help: { type: 'boolean', short: 'h' },
      ...Object.fromEntries(options.map((name) => [name, { type: 'string' as const }])),
    },
  };
  try {
    return parseArgs(config);
  } catch (error) {
    return error instanceof Error ? (error.message.split('. ')[0] ?? '') : 'bad arguments';
  }
}
