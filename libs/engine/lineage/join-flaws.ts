import { isSameFlaw, meetingPlaces, type FlawSign } from './same-flaw.ts';

/** A report and the finding that it belongs to, if it is known already. */
export type Sign = FlawSign & { readonly fingerprint: string; readonly rank: number; readonly finding?: string };

/** `findings`: of each fresh report, in their order; `merged`: known findings that turn out to be one, each with the one that stays. */
export type Joined = { readonly findings: readonly string[]; readonly merged: ReadonlyMap<string, string> };

type Group = { id: string; readonly isKnown: boolean; readonly members: Sign[] };

/**
 * Gives each fresh report its finding: its own where it has one, that of another tool's report of the same flaw, or a new one, whose name
 * `newFinding` makes. A report that fits two findings joins neither, and two reports of one tool stay two findings, except for a package: a
 * scanner may report each advisory of it. Pure; which reports are joined does not depend on their order.
 */
export function joinFlaws(placed: readonly Sign[], fresh: readonly Sign[], newFinding: (fresh: Sign) => string): Joined {
  const groups = openGroups();
  const waiting = waitingIn(fresh);
  for (const sign of placed) if (sign.finding !== undefined) groups.put(groups.named(sign.finding), sign);
  const found = new Map<Sign, Group>();
  for (const sign of inOrder(fresh)) {
    const isPackage = sign.traits.package !== undefined;
    const fits = groups.near(sign).filter((group) => isFit(group, sign) && (isPackage || isOnly(group, sign, waiting)));
    const own = sign.finding === undefined ? choose(fits, sign) : groups.named(sign.finding);
    const group = own ?? groups.add(newFinding(sign));
    found.set(sign, group);
    groups.put(group, sign);
    for (const other of isPackage ? fits : []) if (other !== group && mayMerge(other, group)) groups.absorb(group, other);
  }
  return { findings: fresh.map((sign) => groups.lastId(found.get(sign)?.id ?? '')), merged: groups.merged };
}

/** Reports that have no finding yet, by where they may meet others. */
function waitingIn(fresh: readonly Sign[]): ReadonlyMap<string, ReadonlySet<Sign>> {
  const waiting = new Map<string, Set<Sign>>();
  for (const sign of fresh.filter(({ finding }) => finding === undefined))
    for (const place of meetingPlaces(sign)) addTo(waiting, place, sign);
  return waiting;
}

/** Findings by id, and by where their reports may meet others. One that goes up in another is known by the other's id from then on. */
function openGroups() {
  const byId = new Map<string, Group>();
  const places = new Map<string, Set<Group>>();
  const merged = new Map<string, string>();
  const add = (id: string, isKnown = false): Group => {
    const group = { id, isKnown, members: [] };
    byId.set(id, group);
    return group;
  };
  const lastId = (id: string): string => {
    let last = id;
    for (let next = merged.get(last); next !== undefined; next = merged.get(last)) last = next;
    return last;
  };
  const put = (group: Group, sign: Sign): void => {
    group.members.push(sign);
    for (const place of meetingPlaces(sign)) addTo(places, place, group);
  };
  const absorb = (group: Group, other: Group): void => {
    const whole = byId.get(lastId(group.id)) ?? group;
    const [stays, goes] = !whole.isKnown && other.isKnown ? [other, whole] : [whole, other];
    merged.set(goes.id, stays.id);
    byId.delete(goes.id);
    for (const there of places.values()) there.delete(goes);
    for (const member of goes.members) put(stays, member);
  };
  return {
    merged,
    add,
    put,
    absorb,
    lastId,
    named: (id: string): Group => byId.get(lastId(id)) ?? add(id, true),
    near: (sign: Sign): readonly Group[] => [...new Set(meetingPlaces(sign).flatMap((place) => [...(places.get(place) ?? [])]))],
  };
}

function addTo<T>(places: Map<string, Set<T>>, place: string, item: T): void {
  const there = places.get(place);
  if (there === undefined) places.set(place, new Set([item]));
  else there.add(item);
}

function isFit(group: Group, sign: Sign): boolean {
  const isPackage = sign.traits.package !== undefined;
  const hasRoom = group.members.every((member) => (isPackage ? !isSecond(member, sign) : member.tool !== sign.tool));
  return hasRoom && group.members.some((member) => isSameFlaw(member, sign));
}

/** Whether no other report of the same tool could be the one that this finding is of. */
function isOnly(group: Group, sign: Sign, waiting: ReadonlyMap<string, ReadonlySet<Sign>>): boolean {
  const rivals = meetingPlaces(sign).flatMap((place) => [...(waiting.get(place) ?? [])]);
  return rivals.every((rival) => rival === sign || rival.tool !== sign.tool || !group.members.some((member) => isSameFlaw(member, rival)));
}

/** Of a package, the oldest known finding; it takes in the others, if they are of other tools. Of anything else, the only one that fits. */
function choose(fits: readonly Group[], sign: Sign): Group | undefined {
  const [first, ...others] = fits.toSorted((a, b) => Number(b.isKnown) - Number(a.isKnown) || (a.id < b.id ? -1 : 1));
  if (first === undefined || others.length === 0) return first;
  return sign.traits.package !== undefined && others.every((other) => mayMerge(first, other)) ? first : undefined;
}

// Two reports of one tool under one rule are two packages, such as one that is installed twice.
function mayMerge(a: Group, b: Group): boolean {
  return a.members.every((one) => b.members.every((other) => !isSecond(one, other))) && versionsOf(a, b).size <= 1;
}

function isSecond(a: Sign, b: Sign): boolean {
  return a.tool === b.tool && a.ruleId === b.ruleId && a.fingerprint !== b.fingerprint;
}

function versionsOf(...groups: readonly Group[]): ReadonlySet<string> {
  return new Set(
    groups.flatMap(({ members }) => members.flatMap(({ traits }) => traits.package?.version ?? [])).filter((version) => version !== ''),
  );
}

/** One order, however they came: by rank, then by place and name. */
function inOrder(signs: readonly Sign[]): readonly Sign[] {
  return signs
    .map((sign) => ({ sign, place: placeOf(sign) }))
    .toSorted((a, b) => a.sign.rank - b.sign.rank || compared(a.place, b.place))
    .map(({ sign }) => sign);
}

function placeOf({ tool, ruleId, fingerprint, traits }: Sign): string {
  return [traits.path, ...traits.place.map((part) => String(part).padStart(9, '0')), tool, ruleId, fingerprint].join('\n');
}

function compared(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
