import { likeness } from './sketch.ts';
import type { Reported, Traits } from './traits.ts';

/** Known and new reports, and which new one continues which known one so far. Filled by those that pair. */
export type Pairing = {
  readonly known: readonly Reported[];
  readonly seen: readonly Reported[];
  readonly pairs: Map<number, number>;
  readonly taken: Set<number>;
};

type Key = (report: Reported, isKnown: boolean) => string | undefined;
type Pair = { readonly known: number; readonly seen: number; readonly like: number; readonly apart: number };

const pairsComparedMax = 250_000; // of one group: five hundred flaws of one text in one file, the most that a file may have
const tooClose = 0.02; // two likenesses that differ by less say nothing

/**
 * Pairs what is left and has one key: the most alike first, those that are equally alike in the order of their lines. `least` is the
 * likeness that it takes; reports without an excerpt, of other tools, are alike by their key alone. `gone`: with reports that have ended,
 * instead of live ones.
 */
export function pairGroups(pairing: Pairing, { key, least = 0, gone = false }: { key: Key; least?: number; gone?: boolean }): void {
  for (const [knownOnes, seenOnes] of groupsOf(pairing, key, gone)) {
    const only = knownOnes[0];
    if (knownOnes.length === 1 && seenOnes.length === 1 && only !== undefined && seenOnes[0] !== undefined && least === 0) {
      take(pairing, { known: only, seen: seenOnes[0], like: 1, apart: 0 });
      continue;
    }
    if (knownOnes.length * seenOnes.length > pairsComparedMax) continue;
    const pairs = pairsOf(pairing, [knownOnes, seenOnes], (a, b) => mean(likeness(a.near, b.near), likeness(a.form, b.form), least));
    for (const pair of pairs.filter(({ like }) => like >= least).toSorted(likest)) take(pairing, pair);
  }
}

/** Pairs what is left and has one key, by `like`; a report that is as much alike to a second one is left alone. */
export function pairWithin(pairing: Pairing, { key, like }: { key: Key; like: (a: Traits, b: Traits) => number | undefined }): void {
  for (const [knownOnes, seenOnes] of groupsOf(pairing, key, false)) {
    if (knownOnes.length * seenOnes.length > pairsComparedMax) continue;
    const pairs = pairsOf(pairing, [knownOnes, seenOnes], like).toSorted(likest);
    for (const pair of pairs) {
      const rivals = pairs.filter((other) => other !== pair && (other.known === pair.known || other.seen === pair.seen));
      if (rivals.every((rival) => pair.like - rival.like >= tooClose)) take(pairing, pair);
    }
  }
}

function* groupsOf({ known, seen, pairs, taken }: Pairing, key: Key, gone: boolean): Generator<readonly [number[], number[]]> {
  const groups = new Map<string, [number[], number[]]>();
  for (const [index, report] of known.entries()) {
    const name = taken.has(index) || report.live === gone ? undefined : key(report, true);
    if (name === undefined) continue;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [[index], []]);
    else group[0].push(index);
  }
  for (const [index, report] of seen.entries()) {
    const name = pairs.has(index) ? undefined : key(report, false);
    if (name !== undefined) groups.get(name)?.[1].push(index);
  }
  for (const group of groups.values()) if (group[1].length > 0) yield group;
}

function pairsOf(
  { known, seen }: Pairing,
  [knownOnes, seenOnes]: readonly [readonly number[], readonly number[]],
  like: (a: Traits, b: Traits) => number | undefined,
): Pair[] {
  const byLine = (of: readonly Reported[]) => (a: number, b: number) => startOf(of, a) - startOf(of, b);
  const [lefts, rights] = [knownOnes.toSorted(byLine(known)), seenOnes.toSorted(byLine(seen))];
  return lefts.flatMap((left, rank) =>
    rights.flatMap((right, otherRank) => {
      const [a, b] = [known[left], seen[right]];
      const measured = a === undefined || b === undefined ? undefined : like(a.traits, b.traits);
      return measured === undefined ? [] : [{ known: left, seen: right, like: measured, apart: Math.abs(rank - otherRank) }];
    }),
  );
}

function startOf(of: readonly Reported[], index: number): number {
  const place = of[index]?.traits.place;
  return place === undefined ? 0 : place[0] * 10_000 + Math.min(place[1], 9_999);
}

function mean(near: number | undefined, form: number | undefined, least: number): number {
  return near === undefined || form === undefined ? Math.max(least, 0.5) : (near + form) / 2;
}

function likest(a: Pair, b: Pair): number {
  return b.like - a.like || a.apart - b.apart || a.known - b.known || a.seen - b.seen;
}

function take({ pairs, taken }: Pairing, { known, seen }: Pair): void {
  if (taken.has(known) || pairs.has(seen)) return;
  taken.add(known);
  pairs.set(seen, known);
}
