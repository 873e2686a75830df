import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Runs a command with its output in a log file, and answers its exit code (127 when it could not be started).
 * @param {{ command: string, args: string[], cwd: string, env?: NodeJS.ProcessEnv, log: string, onStart?: (pid: number) => void }} job
 * @returns {Promise<number>}
 */
export async function runLogged({ command, args, cwd, env = process.env, log, onStart }) {
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, 'w');
  try {
    return await new Promise((resolve) => {
      const child = spawn(command, args, { cwd, env, stdio: ['ignore', output, output] });
      child.once('error', () => resolve(127));
      child.once('exit', (code) => resolve(code ?? 1));
      if (child.pid !== undefined) onStart?.(child.pid);
    });
  } finally {
    closeSync(output);
  }
}
