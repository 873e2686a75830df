import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { limits } from '@lib/contract';
import { Fault, present } from '@lib/kernel';
import type { SupervisedEnding } from './sandbox.ts';
import { innerProcess, type InnerProcess } from './inner-process.ts';
import { splitLines } from './split-lines.ts';
import type { Identity } from './unprivileged-identity.ts';
import { watchProcess, type EndingByUs, type WatchedProcess } from './watch-process.ts';

/** The process to start: a fixed program, no shell, no environment. */
export type SandboxCommand = {
  readonly program: string;
  readonly argv: readonly string[];
  readonly identity: Identity | undefined;
  /** Whether the program is bubblewrap, which then tells on descriptor 4 whom it has started. */
  readonly bubblewrap: boolean;
  /** Our descriptors that the process gets as 5 and up. */
  readonly handed: readonly number[];
};

/** Numbers of descriptors in the child. */
export const descriptors = { result: 3, status: 4, firstHanded: 5 } as const;

/** What one line of the pipe means. `broken` ends the run: the other side does not keep the protocol. */
export type LineMeaning<M> =
  | { readonly kind: 'message'; readonly message: M }
  /** Part of the frame around the messages: nothing to hand over. */
  | { readonly kind: 'frame' }
  | { readonly kind: 'refused'; readonly missing: readonly string[] }
  | { readonly kind: 'broken'; readonly why: string };

/** How the lines of one run are read. The figures are those so far. */
export type LineReader<M> = {
  readonly accept: (line: string) => LineMeaning<M>;
  readonly hasLocked: () => boolean;
  readonly hasEnded: () => boolean;
};

/** One supervised run. Units: ms, bytes. */
export type SupervisedRun<M> = {
  readonly command: SandboxCommand;
  readonly reader: LineReader<M>;
  /**
   * Standard input: a stream is fed to it, no faster than it is read there, and closed when the run ends; an open descriptor is handed over
   * as it is. Without either it is empty.
   */
  readonly input?: Readable | number;
  readonly wallMs: number;
  readonly graceMs: number;
  readonly residentBytesMax: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onMessage: (message: M) => void | Promise<void>;
};

/** How a run went. `refused` lists the walls that were missing: then nothing was read. */
export type Supervised = {
  readonly refused: readonly string[] | undefined;
  readonly ending: SupervisedEnding;
  readonly detail: string;
  readonly stderrBytes: number;
};

const pipeEnds = ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE']; // the other side is gone, or we have let go
const signalNames = [
  'SIGSYS',
  'SIGTERM',
  'SIGKILL',
  'SIGABRT',
  'SIGSEGV',
  'SIGBUS',
  'SIGILL',
  'SIGTRAP',
  'SIGFPE',
  'SIGXCPU',
  'SIGXFSZ',
] as const;
const startErrorCharsMax = 2000; // of standard error before the lock, when no customer byte has been read
const signalledExit = 128; // bubblewrap says the signal that ended its child as an exit code above this

/**
 * Starts a process, feeds its standard input, reads its one pipe under every bound, and says how it ended. What was read before a bad
 * end has been handed over. Errors: Fault `sandbox.start_failed`; whatever `onMessage` throws.
 */
export async function superviseProcess<M>(run: SupervisedRun<M>): Promise<Supervised> {
  const child = start(run);
  const watched = watchProcess(child, {
    ...run,
    inner: innerOf(child, run.command),
    hasLocked: run.reader.hasLocked,
    abandon: () => void resultPipeOf(child)?.destroy(),
  });
  const errors = countErrors(child);
  const feeding = feed(child, run.input, watched);
  const reading = await readMessages({ child, run, watched }).catch(async (error: unknown) => {
    watched.end('protocol_error'); // onMessage failed: the sandbox must not outlive its reader
    await exitOf(watched, run.command);
    throw error;
  });
  const exit = await exitOf(watched, run.command);
  await feeding;
  const facts = {
    exit: run.command.bubblewrap ? passedOn(exit) : exit,
    reason: watched.reason(),
    broken: reading.broken,
    ended: run.reader.hasEnded(),
  };
  const { ending, detail } = endingOf(facts);
  if (reading.refused === undefined && !run.reader.hasLocked() && ending === 'crashed') {
    throw new Fault('sandbox.start_failed', {
      internal: `${detail} before the lock: ${errors.text()}`,
      public: 'the sandbox could not start',
    });
  }
  return { refused: reading.refused, ending, detail, stderrBytes: errors.bytes() };
}

function start({ command, input }: Pick<SupervisedRun<never>, 'command' | 'input'>): ChildProcess {
  const { identity } = command;
  return spawn(command.program, command.argv, {
    stdio: [standardInputOf(input), 'ignore', 'pipe', 'pipe', command.bubblewrap ? 'pipe' : 'ignore', ...command.handed],
    env: {},
    cwd: '/',
    // libuv drops all supplementary groups when it changes the user
    ...(identity === undefined ? {} : { uid: identity.uid, gid: identity.gid }),
  });
}

function innerOf(child: ChildProcess, command: SandboxCommand): InnerProcess | undefined {
  const status = child.stdio[descriptors.status];
  return command.bubblewrap && isReadable(status) ? innerProcess(status) : undefined;
}

function standardInputOf(input: Readable | number | undefined): 'ignore' | 'pipe' | number {
  if (typeof input === 'number') return input;
  return input === undefined ? 'ignore' : 'pipe';
}

// A reader that goes away before the end of its input is its own affair: how it ended is told by its exit. A source that fails is ours.
async function feed(child: ChildProcess, input: Readable | number | undefined, watched: WatchedProcess): Promise<void> {
  if (input === undefined || typeof input === 'number') return;
  const standardInput: Writable | null = child.stdin;
  if (standardInput === null) {
    input.destroy(); // the start failed
    return;
  }
  let firstToFail: 'source' | 'reader' | undefined;
  input.once('error', () => (firstToFail ??= 'source'));
  input.once('close', () => (firstToFail ??= input.readableEnded ? undefined : 'source'));
  standardInput.once('error', () => (firstToFail ??= 'reader'));
  standardInput.once('close', () => (firstToFail ??= 'reader'));
  await pipeline(input, standardInput).catch(() => {
    if (firstToFail === 'source') watched.end('input_failed');
  });
}

function exitOf(watched: WatchedProcess, command: SandboxCommand): WatchedProcess['exited'] {
  return watched.exited.catch((error: unknown) => {
    throw new Fault('sandbox.start_failed', { internal: `cannot start ${command.program}`, cause: error });
  });
}

type ErrorCounter = { readonly bytes: () => number; readonly text: () => string };

// Standard error is drained and counted; its text is kept only to explain a start that failed.
function countErrors(child: ChildProcess): ErrorCounter {
  let bytes = 0;
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (text.length < startErrorCharsMax) text += chunk.toString('latin1').slice(0, startErrorCharsMax - text.length);
  });
  child.stderr?.on('error', () => undefined);
  return { bytes: () => bytes, text: () => text };
}

type Reading = { readonly refused: readonly string[] | undefined; readonly broken: string | undefined };
type ReadingOf<M> = { readonly child: ChildProcess; readonly run: SupervisedRun<M>; readonly watched: WatchedProcess };

async function readMessages<M>({ child, run, watched }: ReadingOf<M>): Promise<Reading> {
  const splitter = splitLines({ lineBytesMax: limits.draftLineBytesMax, streamBytesMax: limits.draftStreamBytesMax });
  const broken = (why: string): Reading => {
    watched.end('protocol_error');
    return { refused: undefined, broken: why };
  };
  try {
    for await (const chunk of resultPipe(child)) {
      const lines = splitter.push(chunk);
      if (!lines.ok) return broken(lines.error.code.replaceAll('_', ' '));
      for (const line of lines.value) {
        const meaning = run.reader.accept(line);
        if (meaning.kind === 'broken') return broken(meaning.why);
        if (meaning.kind === 'refused') {
          watched.end('protocol_error'); // it is ending; should it not, nothing may run
          return { refused: meaning.missing, broken: undefined };
        }
        if (meaning.kind === 'message') await run.onMessage(meaning.message);
      }
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && pipeEnds.includes(String(error.code)))) throw error;
  }
  return { refused: undefined, broken: undefined };
}

async function* resultPipe(child: ChildProcess): AsyncGenerator<Uint8Array> {
  for await (const chunk of present(resultPipeOf(child), 'the result pipe')) if (chunk instanceof Uint8Array) yield chunk;
}

function resultPipeOf(child: ChildProcess): Readable | undefined {
  const result = child.stdio[descriptors.result];
  return isReadable(result) ? result : undefined;
}

function isReadable(stream: unknown): stream is Readable {
  return typeof stream === 'object' && stream !== null && 'readable' in stream && 'on' in stream;
}

type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

function passedOn(exit: Exit): Exit {
  const number = (exit.code ?? 0) - signalledExit;
  const signal = signalNames.find((name) => constants.signals[name] === number);
  return signal === undefined ? exit : { code: null, signal };
}

type EndFacts = {
  readonly exit: Exit;
  readonly reason: EndingByUs | undefined;
  readonly broken: string | undefined;
  readonly ended: boolean;
};

// An attempt to escape outweighs whatever else was going on; after that, why we ended it; after that, how it ended itself.
function endingOf({ exit, reason, broken, ended }: EndFacts): { readonly ending: SupervisedEnding; readonly detail: string } {
  const how = exit.signal ?? `exit code ${String(exit.code)}`;
  if (exit.signal === 'SIGSYS') return { ending: 'escape_attempt', detail: 'SIGSYS' };
  if (broken !== undefined) return { ending: 'protocol_error', detail: broken };
  if (reason === 'too_much_memory') return { ending: 'crashed', detail: 'more memory than it may have' };
  if (reason !== undefined) return { ending: reason, detail: how };
  if (ended && exit.code === 0) return { ending: 'finished', detail: '' };
  return { ending: 'crashed', detail: ended ? `${how} after the end` : how };
}
