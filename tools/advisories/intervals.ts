import { compareVersions, type Ecosystem } from '@lib/engine/sca';

/** Versions from `from` (inclusive) up to `below` (exclusive) or `through` (inclusive); without an end, all that follow. */
export type Interval = { readonly from: string; readonly below?: string; readonly through?: string };

/** Reads comparators that all must hold: `>= 1, < 2`, `>=1.0 <2`, `^1.2`, `~> 2.0.9`, `1.2.x`, `*`. Undefined when one is of another form. */
export function intervalOf(text: string, ecosystem: Ecosystem): Interval | undefined {
  const parts = text
    .trim()
    .replaceAll(/([<>=~^]+)\s+/gu, '$1')
    .split(/[\s,]+/u)
    .filter((part) => part !== '');
  let found: Interval | undefined = { from: '0' };
  for (const part of parts) {
    const next = comparator(part);
    found = next === undefined || found === undefined ? undefined : intersect(found, next, ecosystem);
  }
  return parts.length === 0 ? undefined : found;
}

/** What no interval holds, in ascending order. */
export function complement(intervals: readonly Interval[], ecosystem: Ecosystem): readonly Interval[] {
  const gaps: Interval[] = [];
  let from: string | undefined = '0';
  const order = (a: string, b: string): number =>
    a === '0' || b === '0' ? Number(b === '0') - Number(a === '0') : (compareVersions(ecosystem, a, b) ?? 0);
  for (const interval of intervals.toSorted((a, b) => order(a.from, b.from))) {
    if (from === undefined) break;
    if (order(interval.from, from) > 0) gaps.push({ from, below: interval.from });
    const end: string | undefined = interval.below ?? (interval.through === undefined ? undefined : nextAfter(interval.through));
    if (end === undefined || order(end, from) > 0) from = end;
  }
  return from === undefined ? gaps : [...gaps, { from }];
}

/** Intervals as events of one OSV range each. */
export function osvRanges(intervals: readonly Interval[]) {
  return intervals.map(({ from, below, through }) => ({
    type: 'ECOSYSTEM',
    events: [
      { introduced: from },
      ...(below === undefined ? [] : [{ fixed: below }]),
      ...(through === undefined ? [] : [{ last_affected: through }]),
    ],
  }));
}

// The least version after one, as far as versions with three numbers go: `> 1.2.3` is `>= 1.2.4`.
function nextAfter(version: string): string {
  return /^\d+(?:\.\d+)*$/u.test(version) ? bump(version, version.split('.').length - 1) : `${version}.0`;
}

function bump(version: string, place: number): string {
  const numbers = version
    .split(/[.-]/u)
    .slice(0, place + 1)
    .map(Number);
  return numbers.map((number, index) => (index === place ? number + 1 : number)).join('.');
}

function comparator(part: string): Interval | undefined {
  if (part === '*') return { from: '0' };
  const [, sign = '', written = ''] = /^([<>=~^]{0,2})v?(\d[\w.+-]*)$/u.exec(part) ?? [];
  if (written === '') return undefined;
  const stars = written.search(/\.[x*]/u);
  const version = stars < 0 ? written : written.slice(0, stars);
  const places = version.split('-')[0]?.split('.').length ?? 1;
  if (stars >= 0) return { from: version, below: bump(version, places - 1) };
  return signs[sign]?.(version, places);
}

const signs: Readonly<Record<string, (version: string, places: number) => Interval>> = {
  '>=': (version) => ({ from: version }),
  '>': (version) => ({ from: nextAfter(version) }),
  '<': (version) => ({ from: '0', below: version }),
  '<=': (version) => ({ from: '0', through: version }),
  '=': (version) => ({ from: version, through: version }),
  '==': (version) => ({ from: version, through: version }),
  '': (version) => ({ from: version, through: version }),
  '~>': (version, places) => ({ from: version, below: bump(version, Math.max(0, places - 2)) }),
  '~': (version, places) => ({ from: version, below: bump(version, Math.min(1, places - 1)) }),
  '^': (version) => ({ from: version, below: bump(version, caretPlace(version)) }),
};

// The first number that is not zero may not change.
function caretPlace(version: string): number {
  const numbers = version.split(/[.-]/u).slice(0, 3).map(Number);
  const place = numbers.findIndex((number) => number > 0);
  return place < 0 ? numbers.length - 1 : place;
}

function intersect(a: Interval, b: Interval, ecosystem: Ecosystem): Interval {
  const later = a.from !== '0' && (b.from === '0' || (compareVersions(ecosystem, a.from, b.from) ?? 0) >= 0) ? a.from : b.from;
  const end = [a, b]
    .filter((one) => one.below !== undefined || one.through !== undefined)
    .toSorted((x, y) => compareVersions(ecosystem, x.below ?? x.through ?? '', y.below ?? y.through ?? '') ?? 0)[0];
  return {
    from: later,
    ...(end?.below === undefined ? {} : { below: end.below }),
    ...(end?.through === undefined ? {} : { through: end.through }),
  };
}
