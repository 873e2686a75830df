import { copyFileSync, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { bundleOptions } from './bundle-options.mjs';

const programs = {
  cli: 'apps/cli/main.ts',
  api: 'apps/api/main.ts',
  worker: 'apps/worker/main.ts',
  staff: 'apps/staff/main.ts',
  shredder: 'apps/shredder/main.ts',
  bench: 'tools/bench/main.ts',
  score: 'tools/score-vuln-saas.ts',
  'score-sast': 'tools/score-sast/main.ts',
  'score-secrets': 'tools/score-secrets/main.ts',
  'score-iac': 'tools/score-iac/main.ts',
  'score-lineage': 'tools/score-lineage/main.ts',
  'advisories-snapshot': 'tools/advisories/main.ts',
  faults: 'tools/faults/main.ts',
  isolation: 'tools/isolation/main.ts',
  tamper: 'tools/tamper/main.ts',
};

const companions = ['libs/flow/export/standalone/verify_audit.py'];

/** Bundles the programs into `<out>/<name>.js`; answers those whose source is not there. */
export async function bundlePrograms(root, out) {
  const [present, absent] = partition(Object.entries(programs), ([, source]) => existsSync(join(root, source)));
  const [split, whole] = partition(present, ([name]) => name === 'cli');
  await build({ ...bundleOptions(root), entryPoints: Object.fromEntries(whole), outdir: out });
  // in parts, so that a command loads what it needs and no more
  await build({ ...bundleOptions(root), entryPoints: Object.fromEntries(split), outdir: out, splitting: true, chunkNames: 'cli-[hash]' });
  // read at run time, from beside the program: the checker that travels in each export of the audit log
  for (const source of companions) copyFileSync(join(root, source), join(out, basename(source)));
  return absent.map(([, source]) => source);
}

function partition(items, isFirst) {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
