import posix from 'node:path/posix';
import type { Surroundings } from '../dependency.ts';
import { asTable, asText } from '../syntax/loose-value.ts';
import { parseLocatedJson } from '../syntax/located-json.ts';

/** What a package.json asks for. */
export type NpmRequest = { readonly name: string; readonly range: string; readonly dev: boolean };

const fields = [
  ['dependencies', false],
  ['optionalDependencies', false],
  ['devDependencies', true],
] as const;

/** The requests of a manifest, production first. Names occur once. */
export function npmRequests(manifest: unknown): readonly NpmRequest[] {
  const table = asTable(manifest);
  const found = new Map<string, NpmRequest>();
  for (const [field, dev] of fields) {
    for (const [name, range] of Object.entries(asTable(table[field]))) {
      const text = asText(range);
      if (text !== undefined && !found.has(name)) found.set(name, { name, range: text, dev });
    }
  }
  return [...found.values()];
}

/** The requests of the package.json beside a file, or undefined when there is none. */
export function requestsBeside(around: Surroundings): readonly NpmRequest[] | undefined {
  const source = around.read(posix.join(posix.dirname(around.path), 'package.json'));
  const parsed = source === undefined ? undefined : parseLocatedJson(source.text);
  return parsed === undefined ? undefined : npmRequests(parsed.value);
}

/** The real name of an alias: `npm:left-pad@1.3.0` is left-pad at 1.3.0. */
export function aliasTarget(text: string): { readonly name: string; readonly version: string } | undefined {
  const match = /^npm:((?:@[^@/]{1,100}\/)?[^@/]{1,214})@(.{1,200})$/u.exec(text);
  return match === null ? undefined : { name: match[1] ?? '', version: match[2] ?? '' };
}
