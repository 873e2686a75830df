import { execSync, fork, spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Kit, Layer, Outcome, Probe } from '../probe.ts';
import { inWorker, outcomeError, until } from './ways-of-node.ts';

type Row = {
  readonly id: string;
  readonly wants: string;
  readonly attempt: (kit: Kit) => unknown;
  readonly locked?: Outcome;
  readonly stoppedBy?: readonly Layer[];
};

const rows: readonly Row[] = [
  { id: 'spawn', wants: 'start a program', attempt: () => until(() => spawn('/bin/true'), 'exit') },
  { id: 'shell', wants: 'start a shell', attempt: () => execSync('true') },
  { id: 'fork', wants: 'start a second Node', attempt: () => until(() => fork('/dev/null', { stdio: 'ignore' }), 'exit') },
  {
    id: 'spawn-in-a-worker',
    wants: 'start a program from a thread that came later',
    attempt: () => inWorker(`const r = require('child_process').spawnSync('/bin/true'); if (r.error) throw r.error`),
  },
  { id: 'signal-the-parent', wants: 'end its supervisor', attempt: () => process.kill(process.ppid, 0), stoppedBy: ['stage 2'] },
  { id: 'priority', wants: 'change its priority', attempt: () => setPriority(0, 5), locked: 'ERR_SYSTEM_ERROR', stoppedBy: ['stage 2'] },
  { id: 'change-folder', wants: 'leave its folder', attempt: () => process.chdir('/'), stoppedBy: ['stage 2'] },
  {
    id: 'load-addon-from-the-tree',
    wants: 'run native code that came with the repository',
    attempt: ({ targets }) => process.dlopen({ exports: {} }, `${targets.tree}/evil.node`),
    locked: 'ERR_DLOPEN_FAILED',
    stoppedBy: ['stage 2'],
  },
  {
    id: 'code-from-text',
    wants: 'make code out of a string of the repository',
    attempt: () => {
      try {
        return Reflect.construct(Function, ['return 1']);
      } catch (error) {
        throw outcomeError(error instanceof Error ? error.name : 'unknown');
      }
    },
    locked: 'EvalError',
    stoppedBy: ['Node flags'],
  },
  {
    id: 'code-from-text-in-a-worker',
    wants: 'make code out of a string in a thread of its own',
    attempt: () =>
      new Promise<void>((resolve, reject) =>
        new Worker(`try { new Function('return 1'); process.exit(7) } catch (e) { process.exit(e instanceof EvalError ? 8 : 9) }`, {
          eval: true,
        }).on('exit', (code) => (code === 7 ? resolve() : reject(outcomeError(code === 8 ? 'EvalError' : String(code))))),
      ),
    locked: 'EvalError',
    stoppedBy: ['Node flags'],
  },
];

/** Other processes and other code, as a program of Node reaches for them. */
export const nodeProcesses: readonly Probe[] = rows.map(({ locked = 'EPERM', stoppedBy = ['stage 1', 'stage 2'], id, ...rest }) => ({
  ...rest,
  id: `node-process/${id}`,
  stoppedBy,
  locked,
  ...(id === 'load-addon-from-the-tree' ? {} : { filling: locked }), // no tree there
  bare: 'ok',
}));
