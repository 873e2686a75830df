import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, sep } from 'node:path';
import { parse } from 'yaml';

const require = createRequire(import.meta.url);
const repositoryRoot = join(import.meta.dirname, '..');

/** Grammars that analyzers load, by asset name, and where the packages keep them. */
const grammars: Readonly<Record<string, string>> = {
  'tree-sitter-python.wasm': 'tree-sitter-python/tree-sitter-python.wasm',
  'tree-sitter-java.wasm': 'tree-sitter-java/tree-sitter-java.wasm',
  'tree-sitter-go.wasm': 'tree-sitter-go/tree-sitter-go.wasm',
};

/**
 * The bytes of one analyzer asset, made from the sources: `<analyzer>.<folder>.json` is every YAML document under
 * `libs/engine/<analyzer>/<folder>`, sorted by path, without the rules' cases; `*.wasm` is a grammar of a package.
 */
export function compileAsset(name: string): Uint8Array {
  const grammar = grammars[name];
  if (grammar !== undefined) return readFileSync(require.resolve(grammar));
  const [analyzer, folder] = name.split('.');
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
