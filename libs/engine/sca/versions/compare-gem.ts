import { compareNumbers } from './compare-semantic.ts';

/**
 * RubyGems' order: runs of digits and of letters; a word is before any number, so that `1.0.a` precedes `1.0`; zeros at the end, and before
 * the first word, do not count. Undefined when one is no version. Source: docs.ruby-lang.org Gem::Version.
 */
export function compareGem(a: string, b: string): number | undefined {
  const [left, right] = [segmentsOf(a), segmentsOf(b)];
  if (left === undefined || right === undefined) return undefined;
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const order = compareSegments(left[index] ?? '0', right[index] ?? '0');
    if (order !== 0) return order;
  }
  return 0;
}

function segmentsOf(version: string): readonly string[] | undefined {
  const text = version.trim();
  if (text.length > 300 || !/^\d+(?:\.[\dA-Za-z]+)*(?:-[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*)?$/u.test(text)) return undefined;
  const segments = text.replaceAll('-', '.pre.').match(/\d+|[A-Za-z]+/gu) ?? [];
  const word = segments.findIndex((segment) => !isNumber(segment));
  return word < 0 ? withoutZeros(segments) : [...withoutZeros(segments.slice(0, word)), ...withoutZeros(segments.slice(word))];
}

function withoutZeros(segments: readonly string[]): readonly string[] {
  return segments.slice(0, segments.findLastIndex((segment) => !/^0+$/u.test(segment)) + 1);
}

function isNumber(segment: string): boolean {
  return /^\d/u.test(segment);
}

function compareSegments(a: string, b: string): number {
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b);
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? 1 : -1;
  return a < b ? -1 : Number(a > b);
}
