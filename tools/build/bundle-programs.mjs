import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleOptions } from './bundle-options.mjs';

const programs = {
  cli: 'apps/cli/main.ts',
  api: 'apps/api/main.ts',
  worker: 'apps/worker/main.ts',
  bench: 'tools/bench/main.ts',
  score: 'tools/score-vuln-saas.ts',
  faults: 'tools/faults/main.ts',
};

/** Bundles the programs into `<out>/<name>.js`; answers those whose source is not there. */
export async function bundlePrograms(root, out) {
  const [present, absent] = partition(Object.entries(programs), ([, source]) => existsSync(join(root, source)));
  await build({ ...bundleOptions(root), entryPoints: Object.fromEntries(present), outdir: out });
  return absent.map(([, source]) => source);
}

function partition(items, isFirst) {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
