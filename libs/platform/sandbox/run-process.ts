import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { limits, type AnalyzerName, type SandboxMessage } from '@lib/contract';
import { err, Fault, ok, present, type Result } from '@lib/kernel';
import { collectMessages, type Collected, type MessageCollector } from './collect-messages.ts';
import { noLayers, type SandboxEnding, type SandboxOutcome, type SandboxRefusal } from './sandbox.ts';
import { splitLines } from './split-lines.ts';
import type { Identity } from './unprivileged-identity.ts';
import { watchProcess, type WatchedProcess } from './watch-process.ts';

/** The process to start: a fixed program, no shell, no environment. */
export type SandboxCommand = { readonly program: string; readonly argv: readonly string[]; readonly identity: Identity | undefined };

/** One supervised run. Units: ms. */
export type ProcessRun = {
  readonly command: SandboxCommand;
  readonly analyzers: readonly AnalyzerName[];
  readonly wallMs: number;
  readonly graceMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onMessage: (message: SandboxMessage) => void | Promise<void>;
};

const resultDescriptor = 3;
const startErrorCharsMax = 2000; // of standard error before the lock, when no customer byte has been read
const sigsysExit = 128 + 31; // how bubblewrap passes SIGSYS on

/** Starts the process, reads its one pipe under every bound, and says how it ended. What was read before a bad end has been handed over. */
export async function runProcess(run: ProcessRun): Promise<Result<SandboxOutcome, SandboxRefusal>> {
  const child = start(run.command);
  const watched = watchProcess(child, run);
  const errors = countErrors(child);
  const collector = collectMessages(run.analyzers);
  const reading = await readMessages({ child, run, collector, watched }).catch(async (error: unknown) => {
    watched.end('protocol_error'); // onMessage failed: the sandbox must not outlive its reader
    await exitOf(watched, run.command);
    throw error;
  });
  const exit = await exitOf(watched, run.command);
  if (reading.refused !== undefined) return err({ code: 'sandbox.layers_missing', missing: reading.refused });
  const { ending, detail } = endingOf({ exit, reason: watched.reason(), broken: reading.broken, collected: collector.collected });
  if (collector.collected.layers === undefined && ending === 'crashed') {
    throw new Fault('sandbox.start_failed', {
      internal: `${detail} before the lock: ${errors.text()}`,
      public: 'the sandbox could not start',
    });
  }
  const { layers, runs, findingCount, coverage, coverageCounts } = collector.collected;
  return ok({ ending, detail, layers: layers ?? noLayers, runs, findingCount, coverage, coverageCounts, stderrBytes: errors.bytes() });
}

function start(command: SandboxCommand): ChildProcess {
  const { identity } = command;
  return spawn(command.program, command.argv, {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: {},
    cwd: '/',
    // libuv drops all supplementary groups when it changes the user
    ...(identity === undefined ? {} : { uid: identity.uid, gid: identity.gid }),
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
type ReadingOf = {
  readonly child: ChildProcess;
  readonly run: ProcessRun;
  readonly collector: MessageCollector;
  readonly watched: WatchedProcess;
};

async function readMessages({ child, run, collector, watched }: ReadingOf): Promise<Reading> {
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
        const meaning = collector.accept(line);
        if (meaning.kind === 'broken') return broken(meaning.why);
        if (meaning.kind === 'refused') return { refused: meaning.missing, broken: undefined };
        await run.onMessage(meaning.message);
      }
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ECONNRESET')) throw error;
  }
  return { refused: undefined, broken: undefined };
}

async function* resultPipe(child: ChildProcess): AsyncGenerator<Uint8Array> {
  const pipe: Readable | null | undefined = isReadable(child.stdio[resultDescriptor]) ? child.stdio[resultDescriptor] : undefined;
  for await (const chunk of present(pipe, 'the result pipe')) if (chunk instanceof Uint8Array) yield chunk;
}

function isReadable(stream: unknown): stream is Readable {
  return typeof stream === 'object' && stream !== null && 'readable' in stream && 'on' in stream;
}

type EndFacts = {
  readonly exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null };
  readonly reason: SandboxEnding | undefined;
  readonly broken: string | undefined;
  readonly collected: Collected;
};

// An attempt to escape outweighs whatever else was going on; after that, why we ended it; after that, how it ended itself.
function endingOf({ exit, reason, broken, collected }: EndFacts): { readonly ending: SandboxEnding; readonly detail: string } {
  const how = exit.signal ?? `exit code ${String(exit.code)}`;
  if (exit.signal === 'SIGSYS' || exit.code === sigsysExit) return { ending: 'escape_attempt', detail: 'SIGSYS' };
  if (broken !== undefined) return { ending: 'protocol_error', detail: broken };
  if (reason !== undefined) return { ending: reason, detail: how };
  if (collected.ended && exit.code === 0) return { ending: 'finished', detail: '' };
  return { ending: 'crashed', detail: collected.ended ? `${how} after the end` : how };
}
