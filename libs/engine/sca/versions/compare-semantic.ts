/**
 * Semantic versions as npm, Go, Cargo and NuGet write them: a leading `v` or `go`, one to four numbers (a missing one is zero; the fourth is
 * NuGet's revision), `-prerelease` (npm's older versions have no hyphen), `+build` which does not count. Numbers of any length; letters compare without case, which only NuGet
 * has both of. Undefined when one is no such version.
 * Source: semver.org 2.0.0 section 11; learn.microsoft.com/nuget/concepts/package-versioning; go.dev/ref/mod#versions.
 */
export function compareSemantic(a: string, b: string): number | undefined {
  const [left, right] = [parseSemantic(a), parseSemantic(b)];
  if (left === undefined || right === undefined) return undefined;
  for (let index = 0; index < 4; index++) {
    const order = compareNumbers(left.numbers[index] ?? '0', right.numbers[index] ?? '0');
    if (order !== 0) return order;
  }
  return comparePrerelease(left.prerelease, right.prerelease);
}

/** Compares two runs of digits of any length as numbers. */
export function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/u, ''), b.replace(/^0+/u, '')];
  if (left.length !== right.length) return left.length < right.length ? -1 : 1;
  return left < right ? -1 : Number(left > right);
}

type Semantic = { readonly numbers: readonly string[]; readonly prerelease: readonly string[] };

function parseSemantic(text: string): Semantic | undefined {
  const match =
    /^(?:[vV=]|go)?\s?(\d{1,64}(?:\.\d{1,64}){0,3})(?:(?:-|(?=[A-Za-z]))([\dA-Za-z.-]{1,300}))?(?:\+[\dA-Za-z.-]{0,300})?$/u.exec(
      text.trim(),
    );
  if (match === null) return undefined;
  return { numbers: (match[1] ?? '').split('.'), prerelease: match[2] === undefined ? [] : match[2].toLowerCase().split('.') };
}

function comparePrerelease(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return Math.sign(b.length - a.length);
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const [left, right] = [a[index], b[index]];
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1;
    const order = compareIdentifiers(left, right);
    if (order !== 0) return order;
  }
  return 0;
}

function compareIdentifiers(a: string, b: string): number {
  const [left, right] = [/^\d+$/u.test(a), /^\d+$/u.test(b)];
  if (left && right) return compareNumbers(a, b);
  if (left !== right) return left ? -1 : 1;
  return a < b ? -1 : Number(a > b);
}
