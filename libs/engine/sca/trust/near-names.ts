import { limits } from '@lib/contract';
import { z } from 'zod';
import { ecosystems, type Named } from '../dependency.ts';

const words = z
  .string()
  .max(limits.messageCharsMax * 4)
  .transform((text) => text.split(/\s+/u).filter((word) => word !== ''));

/** Names that everybody knows, and names near them that are no mistakes. */
export const popularSchema = z.object({
  ecosystem: z.enum(ecosystems),
  names: words,
  neighbours: words,
  scopes: words.optional(),
});
type Popular = z.infer<typeof popularSchema>;

/** A name that can be taken for a known one. `looksAlike`: the two can hardly be told apart by eye, which nobody does by chance. */
export type NearName = { readonly popular: string; readonly how: string; readonly looksAlike: boolean };

/** Finds the known name that another one can be taken for. */
export type NearNames = (found: Pick<Named, 'ecosystem' | 'name'>) => NearName | undefined;

const shortest = 7; // below, one letter makes another word

/**
 * Compares names with known ones: letters that look alike, two letters swapped, a letter more, less or another, separators left out, a scope
 * that is nearly a known one. Each name is spelled in its few possible ways and looked up. Source: CWE-1357; "typosquatting".
 */
export function nearNames(tables: readonly Popular[]): NearNames {
  const indexes = new Map(tables.map((table) => [table.ecosystem, indexOf(table)] as const));
  return ({ ecosystem, name }) => {
    const index = indexes.get(ecosystem);
    if (index === undefined || name.length > limits.noteCharsMax) return undefined;
    const [, scope, rest] = /^@([^/]+)\/(.+)$/u.exec(name) ?? [];
    return scope === undefined || rest === undefined ? near(index, name) : nearScope(index, scope, rest);
  };
}

type Index = {
  readonly names: ReadonlySet<string>;
  readonly legitimate: ReadonlySet<string>;
  readonly scopes: ReadonlySet<string>;
  readonly folded: ReadonlyMap<string, string>;
  readonly bare: ReadonlyMap<string, string>;
};

function indexOf({ names, neighbours, scopes = [] }: Popular): Index {
  return {
    names: new Set(names),
    legitimate: new Set([...names, ...neighbours]),
    scopes: new Set(scopes),
    folded: new Map(names.map((name) => [folded(name), name] as const)),
    bare: new Map(names.filter((name) => /[-_.]/u.test(name)).map((name) => [bare(name), name] as const)),
  };
}

function near(index: Index, name: string): NearName | undefined {
  if (index.legitimate.has(name)) return undefined;
  const alike = index.folded.get(folded(name));
  if (alike !== undefined && bare(alike) !== bare(name)) return { popular: alike, how: 'letters that look alike', looksAlike: true };
  const joined = index.bare.get(bare(name));
  if (joined !== undefined) return { popular: joined, how: 'other separators', looksAlike: false };
  const swapped = name.length >= shortest - 2 ? swaps(name).find((other) => index.names.has(other)) : undefined;
  if (swapped !== undefined) return { popular: swapped, how: 'two letters swapped', looksAlike: false };
  const edited = edits(name).find((other) => other.length >= shortest && index.names.has(other));
  return edited === undefined ? undefined : { popular: edited, how: 'one letter', looksAlike: false };
}

// A letter for another makes another scope more often than a mistake.
function nearScope({ scopes }: Index, scope: string, rest: string): NearName | undefined {
  if (scopes.has(scope)) return undefined;
  const slips = [...swaps(scope), ...edits(scope).filter((other) => other.length !== scope.length)];
  const known = slips.find((other) => other.length >= 5 && scopes.has(other));
  return known === undefined ? undefined : { popular: `@${known}/${rest}`, how: 'a scope that is nearly a known one', looksAlike: false };
}

// Digits and letters of other scripts that are drawn as Latin letters. Source: unicode.org/reports/tr39, the part that names are made of.
const lookalikes: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  '5': 's',
  а: 'a',
  е: 'e',
  о: 'o',
  р: 'p',
  с: 'c',
  х: 'x',
  у: 'y',
  і: 'i',
  ѕ: 's',
  ο: 'o',
  α: 'a',
  ν: 'v',
};

function folded(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[015]|[^\0-\x7f]/gu, (letter) => lookalikes[letter] ?? letter)
    .replaceAll('rn', 'm');
}

function bare(name: string): string {
  return name.replaceAll(/[-_.]/gu, '');
}

function swaps(name: string): readonly string[] {
  return Array.from(
    { length: Math.max(0, name.length - 1) },
    (_, at) => name.slice(0, at) + (name[at + 1] ?? '') + (name[at] ?? '') + name.slice(at + 2),
  );
}

const alphabet: readonly string[] = 'a b c d e f g h i j k l m n o p q r s t u v w x y z'.split(' ');

/** Every name that one letter less, more or another makes of this one. */
function edits(name: string): readonly string[] {
  return Array.from({ length: name.length + 1 }, (_, at) => {
    const [before, letter, after] = [name.slice(0, at), name[at] ?? '', name.slice(at + 1)];
    const isDigit = /\d/u.test(letter); // `boto3` and `boto`, `mysql2` and `mysql`: a version, not a mistake
    return [
      ...(isDigit || letter === '' ? [] : [before + after]),
      ...alphabet.flatMap((other) => [before + other + letter + after, ...(isDigit ? [] : [before + other + after])]),
    ];
  }).flat();
}
