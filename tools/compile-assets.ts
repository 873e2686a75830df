import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { parse } from 'yaml';

const repositoryRoot = join(import.meta.dirname, '..');

/**
 * The bytes of one analyzer asset, made from the sources: `<analyzer>.<folder>.json` is every YAML document under
 * `libs/engine/<analyzer>/<folder>`, sorted by path, without the rules' cases; `<package>.wasm` is that file of that package;
 * `sca.<ecosystem>.osv` is the advisory file of the snapshot.
 */
export function compileAsset(name: string): Uint8Array {
  if (name.endsWith('.wasm')) return readFileSync(join(repositoryRoot, 'node_modules', name.slice(0, -'.wasm'.length), name));
  const [analyzer, folder, kind] = name.split('.');
  if (kind === 'osv' && folder !== undefined) return readFileSync(join(repositoryRoot, 'libs/engine/sca/snapshot', `${folder}.osv`));
  if (analyzer === undefined || folder === undefined) throw new Error(`no such asset: ${name}`);
  const root = join(repositoryRoot, 'libs/engine', analyzer, folder);
  const documents = yamlFiles(root).map((file) => ({
    path: relative(root, file).split(sep).join('/'),
    document: withoutCases(parse(readFileSync(file, 'utf8'))),
  }));
  return new TextEncoder().encode(JSON.stringify(documents));
}

/** Every YAML file under a data folder, sorted, as absolute paths. */
export function yamlFiles(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => join(root, name))
    .filter((file) => file.endsWith('.yaml') && statSync(file).isFile())
    .toSorted();
}

function withoutCases(document: unknown): unknown {
  if (typeof document !== 'object' || document === null) return document;
  return Object.fromEntries(Object.entries(document).filter(([key]) => key !== 'cases'));
}
