import { join } from 'node:path';

/** How every program of ours is bundled: one ES module for Node 24, packages left outside. @returns {import('esbuild').BuildOptions} */
export function bundleOptions(root) {
  return {
    absWorkingDir: root,
    tsconfig: join(root, 'tsconfig.json'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    packages: 'external',
    sourcemap: true,
    keepNames: true,
    logLevel: 'warning',
  };
}
