import posix from 'node:path/posix';
import { likeness } from './sketch.ts';
import type { Pairing } from './pair-groups.ts';
import type { Reported } from './traits.ts';

const leastLike = 0.5; // of an excerpt, to count as a sign that its file has moved
const unseen = 0.6; // where there is no excerpt: the tool's own fingerprint is the same
const leastShare = 0.5; // of what was known in a file, to be found again where it has moved to

/**
 * Files that have been renamed or moved, old path to new: all that was known in the one is unmatched, nothing was known in the other, and
 * half of it is there, in like surroundings or in the same bytes. A path that could have become two, and neither by its name, has moved nowhere.
 */
export function findMoves(pairing: Pairing): ReadonlyMap<string, string> {
  const gone = byPath(pairing.known.filter((report, index) => report.live && !pairing.taken.has(index)));
  const fresh = byPath(pairing.seen.filter((_, index) => !pairing.pairs.has(index)));
  for (const { traits } of pairing.seen) gone.delete(traits.path);
  for (const { traits, live } of pairing.known) if (live) fresh.delete(traits.path);
  const moves = [...candidates(gone, fresh)]
    .map(([from, to]) => ({ from, to, score: scoreOf(gone.get(from) ?? [], fresh.get(to) ?? []), named: nearness(from, to) }))
    .filter(({ score }) => score >= leastShare)
    .toSorted((a, b) => b.score - a.score || b.named - a.named || (`${a.from}\n${a.to}` < `${b.from}\n${b.to}` ? -1 : 1));
  const [renamed, used] = [new Map<string, string>(), new Set<string>()];
  for (const move of moves) {
    const rivals = moves.filter((other) => other !== move && (other.from === move.from || other.to === move.to));
    if (renamed.has(move.from) || used.has(move.to)) continue;
    if (rivals.some((rival) => !renamed.has(rival.from) && !used.has(rival.to) && rival.score === move.score && rival.named === move.named))
      continue;
    renamed.set(move.from, move.to);
    used.add(move.to);
  }
  return renamed;
}

function byPath(reports: readonly Reported[]): Map<string, Reported[]> {
  return Map.groupBy(reports, ({ traits }) => traits.path);
}

/** Pairs of paths that share a trait: only these are looked at. */
function* candidates(gone: ReadonlyMap<string, Reported[]>, fresh: ReadonlyMap<string, Reported[]>): Generator<readonly [string, string]> {
  const places = new Map<string, Set<string>>();
  for (const [path, reports] of fresh) {
    for (const trait of reports.flatMap(traitsFor)) {
      const paths = places.get(trait);
      if (paths === undefined) places.set(trait, new Set([path]));
      else paths.add(path);
    }
  }
  for (const [from, reports] of gone) {
    const tos = new Set<string>();
    for (const trait of reports.flatMap(traitsFor)) for (const to of [...(places.get(trait) ?? [])].slice(0, placesMax)) tos.add(to);
    for (const to of tos) yield [from, to];
  }
}

const placesMax = 50; // files that share one trait: more of them say nothing of where one went

function traitsFor({ tool, ruleId, traits: { context, shape, secret } }: Reported): readonly string[] {
  return [context, shape, secret].flatMap((trait) => (trait === undefined ? [] : [`${tool}\n${ruleId}\n${trait}`]));
}

function scoreOf(known: readonly Reported[], seen: readonly Reported[]): number {
  let sum = 0;
  const left = new Set(seen);
  for (const report of known) {
    const best = [...left]
      .filter((other) => traitsFor(report).some((trait) => traitsFor(other).includes(trait)))
      .map((other) => ({ other, like: likeOf(report, other) }))
      .toSorted((a, b) => b.like - a.like)[0];
    if (best === undefined || best.like < leastLike) continue;
    left.delete(best.other);
    sum += best.like;
  }
  return sum / known.length;
}

function likeOf({ traits: a }: Reported, { traits: b }: Reported): number {
  if (a.file !== undefined && a.file === b.file) return 1;
  return Math.max(likeness(a.near, b.near) ?? unseen, likeness(a.form, b.form) ?? unseen);
}

/** How much of a path is kept: the name of the file counts more than its folders. */
function nearness(from: string, to: string): number {
  if (posix.basename(from) === posix.basename(to)) return 2;
  return posix.dirname(from) === posix.dirname(to) ? 1 : 0;
}
