import { alikeNames, lookAlike } from './alike-checks.ts';
import { isSamePackageFlaw } from './package-flaw.ts';
import { ruleToday } from './rule-moves.ts';
import type { Traits } from './traits.ts';

/** What of a report says which flaw it is of. */
export type FlawSign = { readonly tool: string; readonly ruleId: string; readonly traits: Traits };

const nestedLinesMax = 4; // an expression within another of so many lines is still the same statement

/**
 * Whether reports of two tools are of one flaw. Packages: name, version and an advisory. Anything else: the same topic at the same place, or two
 * checks of the same attribute of one resource. Secrets with different digests are different, wherever they stand.
 */
export function isSameFlaw(a: FlawSign, b: FlawSign): boolean {
  const [one, other] = [a.traits, b.traits];
  if (one.path !== other.path) return false;
  if (one.package !== undefined && other.package !== undefined) return isSamePackageFlaw(one.package, other.package);
  if (one.package !== other.package || a.tool === b.tool || areTwoSecrets(one, other)) return false;
  if (lookAlike(ruleToday(a.ruleId), ruleToday(b.ruleId))) return isWithin(one, other) || isWithin(other, one);
  return one.topic === other.topic && isSamePlace(one, other);
}

function areTwoSecrets({ secret: a }: Traits, { secret: b }: Traits): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

/** Where reports of one flaw may meet: only those with a common key are compared. */
export function meetingPlaces({ ruleId, traits }: FlawSign): readonly string[] {
  const { path, topic, place } = traits;
  if (traits.package !== undefined) return [`${path}\n${traits.package.name}`];
  const bucket = Math.floor(place[0] / nestedLinesMax);
  const lines = [bucket - 1, bucket, bucket + 1].map((near) => `${path}\n${topic}\n${String(near)}`);
  return [...lines, ...alikeNames(ruleToday(ruleId)).map((name) => `${path}\n${name}`)];
}

function isSamePlace({ place: a }: Traits, { place: b }: Traits): boolean {
  if (a[0] === a[2] && b[0] === b[2] && a[0] === b[0]) return overlaps(columnsOf(a), columnsOf(b));
  if (a[0] === b[0]) return true;
  const [outer, inner] = a[2] - a[0] >= b[2] - b[0] ? [a, b] : [b, a];
  return outer[2] - outer[0] < nestedLinesMax && inner[0] >= outer[0] && inner[2] <= outer[2];
}

type Columns = readonly [start: number, end: number] | undefined;

// Tools that know no column write 1, or nothing.
function columnsOf([, start, , end]: Traits['place']): Columns {
  return start === 1 && end === 1 ? undefined : [start, Math.max(end, start + 1)];
}

function overlaps(a: Columns, b: Columns): boolean {
  return a === undefined || b === undefined || (a[0] < b[1] && b[0] < a[1]);
}

/** A resource holds the attribute. */
function isWithin({ place: outer }: Traits, { place: inner }: Traits): boolean {
  return inner[0] >= outer[0] && inner[2] <= outer[2];
}
