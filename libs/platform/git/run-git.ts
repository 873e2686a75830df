import type { ChildProcess } from 'node:child_process';
import { limits } from '@lib/contract';
import { endGit, startGit, type GitCall, type GitProgram } from './git-program.ts';

/** How a call of git went. `text`: the beginning of what it said on standard error, for a person who mends things; never for the public. */
export type GitEnd =
  | { readonly ended: 'done' }
  | { readonly ended: 'failed'; readonly text: string }
  | { readonly ended: 'killed'; readonly why: 'cancelled' | 'too_slow' | 'too_large' | 'limit' };

/** One call to its end. Units: ms, bytes. */
export type GitRun = GitCall & {
  readonly program: GitProgram;
  readonly signal: AbortSignal | undefined;
  readonly wallMs: number;
  /** Asked now and then; answering true ends the call as too large. */
  readonly isTooLarge?: () => Promise<boolean>;
  /** Gets standard output, part by part. */
  readonly onOutput?: (part: Buffer) => void;
};

/** Runs git to its end, within a wall clock, and ends it when it is cancelled, too slow or too large. */
export async function runGit(run: GitRun): Promise<GitEnd> {
  const child = startGit(run.program, run);
  const watched = watch(child, run);
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    if (text.length < limits.noteCharsMax) text += chunk.toString('latin1').slice(0, limits.noteCharsMax - text.length);
  });
  child.stdout?.on('data', (chunk: Buffer) => run.onOutput?.(chunk));
  child.stdin?.on('error', () => undefined); // it may end before it has read
  child.stdin?.end();
  try {
    const { code, signal } = await endOf(child);
    const why = watched.why();
    if (why !== undefined) return { ended: 'killed', why };
    if (signal !== null || (code ?? 0) > killedExit) return { ended: 'killed', why: 'limit' };
    return code === 0 ? { ended: 'done' } : { ended: 'failed', text };
  } finally {
    watched.stop();
  }
}

const killedExit = 128; // and the signal, as prlimit and bubblewrap pass it on

type Watched = { readonly why: () => 'cancelled' | 'too_slow' | 'too_large' | undefined; readonly stop: () => void };

function watch(child: ChildProcess, { signal, wallMs, isTooLarge }: GitRun): Watched {
  let why: ReturnType<Watched['why']>;
  const end = (because: typeof why): void => {
    why ??= because;
    endGit(child);
  };
  const wall = setTimeout(() => end('too_slow'), wallMs);
  const onAbort = (): void => end('cancelled');
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  const weigh =
    isTooLarge === undefined
      ? undefined
      : setInterval(() => void isTooLarge().then((large) => large && end('too_large')), limits.gitWatchMs);
  return {
    why: () => why,
    stop: () => {
      clearTimeout(wall);
      clearInterval(weigh);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}

function endOf(child: ChildProcess): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}
