import { compareNumbers } from './compare-semantic.ts';

/**
 * Maven's order: tokens between dots, hyphens, underscores and changes of digits to letters; known qualifiers before a release, `sp` after
 * it, others after that by alphabet; trailing nulls do not count. Undefined when one has no digit or letter at its start.
 * Source: maven.apache.org/pom.html#version-order-specification; where its text and its examples differ, the examples.
 */
export function compareMaven(a: string, b: string): number | undefined {
  if (!isVersion(a) || !isVersion(b)) return undefined;
  const [left, right] = [tokensOf(a), tokensOf(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const order = compareTokens(left[index] ?? padFor(right[index]), right[index] ?? padFor(left[index]));
    if (order !== 0) return order;
  }
  return 0;
}

/** `value` is a number when it is made of digits, else a qualifier, whose hyphen or dot does not matter. */
type Token = { readonly hyphen: boolean; readonly value: string };

const qualifiers = ['alpha', 'beta', 'milestone', 'rc', 'snapshot', '', 'sp'];
const aliases: Readonly<Record<string, string>> = { cr: 'rc', final: '', ga: '', release: '' };
const shortened: Readonly<Record<string, string>> = { a: 'alpha', b: 'beta', m: 'milestone' };

function isVersion(text: string): boolean {
  return text.length <= 300 && /^[\dA-Za-z]/u.test(text);
}

function isNumber(value: string): boolean {
  return /^\d/u.test(value);
}

function tokensOf(version: string): readonly Token[] {
  const tokens: Token[] = [];
  const runs = version.toLowerCase().split(/([._-])/u); // text, sign, text, ...
  for (let index = 0; index < runs.length; index += 2) {
    const sign = runs[index - 1] ?? '.';
    const parts = runs[index]?.match(/\d+|[^\d]+/gu) ?? ['0'];
    parts.forEach((part, place) => tokens.push({ hyphen: place > 0 || sign === '-', value: nameOf(part, parts[place + 1]) }));
  }
  return trimNulls(tokens);
}

function nameOf(part: string, next: string | undefined): string {
  if (isNumber(part)) return part.replace(/^0+(?=\d)/u, '');
  return (next === undefined ? undefined : shortened[part]) ?? aliases[part] ?? part;
}

// From the end, and again before each hyphen: `1.0.0-foo.0.0` is `1-foo`.
function trimNulls(tokens: readonly Token[]): readonly Token[] {
  const kept: Token[] = [];
  let trimming = true;
  for (const token of tokens.toReversed()) {
    const isNull = token.value === '0' || token.value === '';
    if (!(trimming && isNull)) {
      kept.push(token);
      trimming = token.hyphen;
    }
  }
  return kept.toReversed();
}

// What is missing counts as zero where the other one has a number, and as a release where it has a word.
function padFor(other: Token | undefined): Token {
  const number = other !== undefined && isNumber(other.value);
  return { hyphen: other?.hyphen ?? false, value: number ? '0' : '' };
}

function compareTokens(a: Token, b: Token): number {
  const [left, right] = [kindOf(a), kindOf(b)];
  if (left !== right) return left - right;
  return left === 0 ? compareQualifiers(a.value, b.value) : compareNumbers(a.value, b.value);
}

// qualifiers, then numbers after a hyphen, then numbers after a dot
function kindOf({ hyphen, value }: Token): number {
  if (!isNumber(value)) return 0;
  return hyphen ? 1 : 2;
}

function compareQualifiers(a: string, b: string): number {
  const rank = (value: string): number => (qualifiers.includes(value) ? qualifiers.indexOf(value) : qualifiers.length);
  const order = rank(a) - rank(b);
  if (order !== 0) return Math.sign(order);
  return a < b ? -1 : Number(a > b);
}
