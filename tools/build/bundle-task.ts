import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const repositoryRoot = join(import.meta.dirname, '../..');
/** What must never be in a cloud task: it holds URLs, not credentials, and nothing in it speaks for an account. */
const forbidden = /node_modules\/(?:@aws-sdk|@smithy|pino|pg|bullmq|ioredis)\//u;

/**
 * Bundles the program of a cloud task into one file, `task.mjs`, which needs nothing beside it but Node and the sandbox's runtime.
 * Throws when code of a cloud SDK or a driver gets into it.
 */
export async function bundleTask(outFile: string): Promise<void> {
  const { metafile } = await build({
    entryPoints: [join(repositoryRoot, 'sandbox/task/main.ts')],
    outfile: outFile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    tsconfig: join(repositoryRoot, 'tsconfig.json'),
    absWorkingDir: repositoryRoot,
    treeShaking: true,
    metafile: true,
    logLevel: 'error',
  });
  const [output] = Object.values(metafile.outputs);
  const inside = Object.entries(output?.inputs ?? {}).filter(([path, { bytesInOutput }]) => bytesInOutput > 0 && forbidden.test(path));
  if (inside.length === 0) return;
  rmSync(outFile);
  throw new Error(`a cloud task must not hold: ${inside.map(([path]) => path).join(', ')}`);
}
