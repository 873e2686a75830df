import { compareNumbers } from './compare-semantic.ts';

/**
 * Composer's order: one to four numbers (a missing one is zero), then a stability: dev, alpha, beta, RC, none, patch, each with a number of
 * its own. A branch (`dev-main`) has no place in it: undefined. Source: getcomposer.org/doc/articles/versions.md; PHP version_compare.
 */
export function compareComposer(a: string, b: string): number | undefined {
  const [left, right] = [parse(a), parse(b)];
  if (left === undefined || right === undefined) return undefined;
  for (let index = 0; index < Math.max(left.numbers.length, right.numbers.length); index++) {
    const order = compareNumbers(left.numbers[index] ?? '0', right.numbers[index] ?? '0');
    if (order !== 0) return order;
  }
  return Math.sign(left.stability - right.stability) || comparePlaces(left.place, right.place);
}

type Parsed = { readonly numbers: readonly string[]; readonly stability: number; readonly place: readonly string[] };

const stable = 5;
const stabilities: Readonly<Record<string, number>> = {
  dev: 1,
  alpha: 2,
  a: 2,
  beta: 3,
  b: 3,
  rc: 4,
  stable: stable,
  patch: 6,
  pl: 6,
  p: 6,
};

function parse(version: string): Parsed | undefined {
  const match =
    /^v?(\d{1,64}(?:[.]\d{1,64}){0,9})(?:[._-]?(stable|beta|alpha|patch|dev|rc|pl|a|b|p)((?:[.-]?\d{1,64}){0,4}))?(?:[.-]?dev)?(?:\+[\w.-]{0,200})?$/iu.exec(
      version.trim(),
    );
  if (match === null) return undefined;
  const word = match[2]?.toLowerCase();
  return {
    numbers: (match[1] ?? '').split('.'),
    stability: word === undefined ? (/[.-]?dev$/iu.test(version) ? 1 : stable) : (stabilities[word] ?? stable),
    place: (match[3] ?? '').match(/\d+/gu) ?? [],
  };
}

function comparePlaces(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const order = compareNumbers(a[index] ?? '0', b[index] ?? '0');
    if (order !== 0) return order;
  }
  return 0;
}
