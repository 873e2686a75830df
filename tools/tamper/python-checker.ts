import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Checker } from './run-tamper.ts';

/** The checker that ships in a bundle, run as a reader runs it: on a folder, in a process of its own. */
export function pythonChecker(python: string, script: string): Checker {
  return async ({ files, reader }) => {
    const folder = mkdtempSync(join(tmpdir(), 'aegis-tamper-'));
    try {
      for (const [path, bytes] of files) {
        mkdirSync(dirname(join(folder, 'bundle', path)), { recursive: true });
        writeFileSync(join(folder, 'bundle', path), bytes);
      }
      const since = join(folder, 'older');
      if (reader.since !== undefined) writeFileSync(since, reader.since);
      const options = [
        ...(reader.key === undefined ? [] : ['--key', reader.key]),
        ...(reader.since === undefined ? [] : ['--since', since]),
      ];
      return readOutput(await run(python, [script, join(folder, 'bundle'), ...options]));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

/** Runs a program to its end; exit codes are the caller's to judge. */
export function run(
  program: string,
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
): Promise<{ readonly code: number; readonly out: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { maxBuffer: 16_777_216, ...(env === undefined ? {} : { env }) }, (error, out, errors) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, out: out + errors });
    });
  });
}

function readOutput({
  code,
  out,
}: {
  readonly code: number;
  readonly out: string;
}): { readonly code: string; readonly index: number | null } | null {
  if (code === 0 && out.startsWith('OK')) return null;
  const [, fault, index] = /^FAILED {2}(\S+?)(?: at sequence number (\d+))?(?:[ :(]|$)/mu.exec(out) ?? [];
  return { code: fault ?? `exit ${String(code)}: ${out}`, index: index === undefined ? null : Number(index) };
}
