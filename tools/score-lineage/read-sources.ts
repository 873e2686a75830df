import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Source } from './score-corpus.ts';

/** The sources of the broken product, and functions of our own to put between theirs. */
export function readSources(root: string): { readonly sources: readonly Source[]; readonly filler: readonly string[] } {
  const folder = join(root, 'vuln-saas');
  const sources = [...below(folder)]
    .toSorted()
    .map((path) => ({ path: relative(folder, path).split(sep).join('/'), text: readFileSync(path, 'utf8') }));
  const ours = ['libs/kernel/canonical-json.ts', 'libs/engine/secrets/entropy.ts', 'libs/engine/archive/check-path.ts'];
  const filler = ours.flatMap((path) => functionsOf(readFileSync(join(root, path), 'utf8')));
  return { sources, filler };
}

function functionsOf(text: string): readonly string[] {
  return [...text.matchAll(/^(?:export )?function \w+[\s\S]*?^\}/gmu)].map(([whole]) => whole.replace('export ', ''));
}

function* below(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules') yield* below(path);
    else if (entry.isFile() && !/\.(?:md|spec\.ts)$|EXPECTED\.yaml$/u.test(entry.name)) yield path;
  }
}
