import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { compileAsset } from '../compile-assets.ts';
import { bundleOptions } from './bundle-options.mjs';

/** Writes every asset that an analyzer of the registry names into `<out>/assets`; answers what is not there. */
export async function writeAssets(root, out) {
  if (!existsSync(join(root, 'libs/engine/registry/index.ts'))) return ['libs/engine/registry/index.ts'];
  const folder = join(out, 'assets');
  mkdirSync(folder, { recursive: true });
  for (const name of await assetNames(root, out)) writeFileSync(join(folder, name), compileAsset(name));
  return [];
}

// The registry is the one list of analyzers, so it is asked and not guessed from folders.
async function assetNames(root, out) {
  const registry = join(out, 'registry-for-build.mjs');
  await build({ ...bundleOptions(root), sourcemap: false, entryPoints: [join(root, 'libs/engine/registry/index.ts')], outfile: registry });
  const { analyzers } = await import(pathToFileURL(registry).href);
  rmSync(registry);
  return [...new Set(analyzers.flatMap((analyzer) => analyzer.assets))];
}
