import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';

const statusCharsMax = 4096; // one small JSON object

/** The processes that bubblewrap makes, as numbers outside of its namespace; undefined until they exist. */
export type InnerProcess = {
  /** The first process of the namespace: when it is killed, everything in there is. */
  readonly first: () => number | undefined;
  /** The program that was to be run, the one child of the first. */
  readonly program: () => number | undefined;
  /** Settles once the first is known, or never will be. */
  readonly known: Promise<void>;
};

/**
 * Finds what bubblewrap runs: a signal to bubblewrap itself ends the sandbox at once, without a grace, and while it starts leaves its child
 * waiting for it for ever. `status` is the pipe of `--info-fd`.
 */
export function innerProcess(status: Readable): InnerProcess {
  let text = '';
  const known = new Promise<void>((resolve) => {
    status.on('data', (chunk: Buffer) => {
      if (text.length < statusCharsMax) text += chunk.toString('latin1');
      if (firstIn(text) !== undefined) resolve();
    });
    status.once('close', resolve);
    status.on('error', () => resolve());
  });
  const first = (): number | undefined => firstIn(text);
  return {
    first,
    program: () => {
      const pid = first();
      return pid === undefined ? undefined : onlyChildOf(pid);
    },
    known,
  };
}

function firstIn(text: string): number | undefined {
  const found = /"child-pid": *(\d+)[^\d]/u.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

// It cannot become another process before bubblewrap, its parent, has waited for it and has ended too.
function onlyChildOf(pid: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8')
      .split(' ')
      .filter(Boolean);
    return children.length === 1 ? Number(children[0]) : undefined;
  } catch {
    return undefined; // gone, or a kernel without this file: bubblewrap is then ended as a whole
  }
}
