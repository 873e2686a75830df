import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { PlainFailure } from './plain-failure.mjs';

// When this process is killed outright the channel closes, and the child then ends itself in order.
// Listening for that must not keep it alive when its work is done.
const lifeline = "data:text/javascript,process.on('disconnect',()=>process.kill(process.pid,'SIGTERM'));process.channel?.unref()";

/**
 * Runs the real program in the foreground and answers its exit code. It stands in a process group of its own, so that one Ctrl-C,
 * which the terminal sends to everybody, reaches it once: the first SIGINT, SIGTERM or SIGHUP is forwarded, and its end awaited.
 * @param {{ node: string, args: string[], cwd: string }} program
 * @returns {Promise<number>}
 */
export function runChild({ node, args, cwd }) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, ['--import', lifeline, '--enable-source-maps', ...args], {
      cwd,
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      detached: true,
    });
    let isForwarded = false;
    const forward = (signal) => {
      if (!isForwarded) child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
      isForwarded = true;
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
    child.once('error', (error) => reject(new PlainFailure(`Node could not be started (${node}): ${error.message}`)));
    child.once('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}
