import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { parse } from 'yaml';

const repositoryRoot = join(import.meta.dirname, '..');
const advisoryFolder = join(repositoryRoot, 'libs/engine/sca/snapshot');

/**
 * The bytes of one analyzer asset, made from the sources: `<analyzer>.<folder>.json` is every YAML document under
 * `libs/engine/<analyzer>/<folder>`, sorted by path, without the rules' cases; `<package>.wasm` is that file of that package;
 * `sca.<ecosystem>.osv` is the advisory file of the snapshot, `sca.snapshot.json` the SHA-256 of each of them.
 */
export function compileAsset(name: string): Uint8Array {
  if (name.endsWith('.wasm')) return readFileSync(join(repositoryRoot, 'node_modules', name.slice(0, -'.wasm'.length), name));
  const [analyzer, folder, kind] = name.split('.');
  if (kind === 'osv' && folder !== undefined) return readFileSync(join(advisoryFolder, `${folder}.osv`));
  if (name === 'sca.snapshot.json') return advisoryIndex();
  if (analyzer === undefined || folder === undefined) throw new Error(`no such asset: ${name}`);
  const root = join(repositoryRoot, 'libs/engine', analyzer, folder);
  const documents = yamlFiles(root).map((file) => ({
    path: relative(root, file).split(sep).join('/'),
    document: withoutCases(parse(readFileSync(file, 'utf8'))),
  }));
  return new TextEncoder().encode(JSON.stringify(documents));
}

function advisoryIndex(): Uint8Array {
  const index = readdirSync(advisoryFolder)
    .toSorted()
    .map((file) => ({
      asset: `sca.${file}`,
      sha256: createHash('sha256')
        .update(readFileSync(join(advisoryFolder, file)))
        .digest('hex'),
    }));
  return new TextEncoder().encode(JSON.stringify(index));
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
