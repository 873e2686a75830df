import { tokensOf, type Token } from '@lib/engine/sdk';

const hashesMax = 32; // of a sketch: the error of a likeness is some 1/sqrt(32)
const gramTokens = 3;
const hashChars = 4;

/** A bottom-k sketch of the tokens of an excerpt: the lowest hashes of its runs of three, hexadecimal, sorted. '' where there is no text. */
export function sketchOf(lines: readonly string[], how: 'as it is' | 'without names'): string {
  const words = tokensOf(lines.join('\n')).map((token) => (how === 'as it is' ? token.value : nameless(token)));
  const hashes = new Set<number>();
  for (let at = 0; at < words.length; at++) hashes.add(hash16(words.slice(at, at + gramTokens).join(' ')));
  return [...hashes]
    .toSorted((a, b) => a - b)
    .slice(0, hashesMax)
    .map(hex)
    .join('');
}

/** How alike two sketches are, 0 to 1: the share of the lowest hashes of both that both have. Undefined where one of them is empty. */
export function likeness(a: string, b: string): number | undefined {
  if (a === '' || b === '') return undefined;
  const [left, right] = [hashesOf(a), hashesOf(b)];
  const lowest = [...new Set([...left, ...right])].toSorted().slice(0, Math.min(hashesMax, Math.max(left.size, right.size)));
  return lowest.filter((hash) => left.has(hash) && right.has(hash)).length / lowest.length;
}

/** One line without names, as a short hash; '' where there is none. */
export function wordsOf(line: string | undefined): string {
  const tokens = line === undefined ? [] : tokensOf(line);
  return tokens.length === 0 ? '' : hex(hash16(tokens.map(nameless).join(' ')));
}

function nameless({ kind, value }: Token): string {
  return kind === 'name' && !keywords.has(value) ? 'n' : value;
}

// Words that most languages share: they say what a line does, and nobody renames them.
const keywords = new Set(
  'async await break case catch class const continue def default do elif else except finally for from func function if import in interface let new null package private public raise return static struct switch this throw try type undefined var void while with yield'.split(
    ' ',
  ),
);

// FNV-1a, folded to 16 bits: a likeness is wanted, not a proof.
function hash16(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return ((hash >>> 16) ^ hash) & 0xffff;
}

function hex(hash: number): string {
  return hash.toString(16).padStart(hashChars, '0');
}

function hashesOf(sketch: string): ReadonlySet<string> {
  const hashes = new Set<string>();
  for (let at = 0; at < sketch.length; at += hashChars) hashes.add(sketch.slice(at, at + hashChars));
  return hashes;
}
