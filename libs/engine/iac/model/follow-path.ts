import type { Subject } from './subject.ts';
import type { Place, Value } from './value.ts';

/** A value at a path, and the line that speaks for it. */
export type Hit = { readonly value: Value; readonly place: Place };
/** Every value at a path. `open`: there may be more that cannot be known. */
export type Hits = { readonly found: readonly Hit[]; readonly open: boolean };

const hitsMax = 5_000; // a list of lists in a generated file

/** Follows `a.b.*` from a hit. Lists on the way are entered; at the end they are entered too, so that a test sees items. */
export function followPath(from: Hit, path: readonly string[], within: Place): Hits {
  let found: readonly Hit[] = [from];
  let open = false;
  for (const segment of path) {
    const next: Hit[] = [];
    for (const hit of entered(found, within)) {
      if (hit.value.kind === 'unknown') open = true;
      if ((hit.value.kind === 'map' || hit.value.kind === 'list') && hit.value.open) open = true;
      next.push(...membersOf(hit, segment, within));
      if (next.length > hitsMax) return { found: [], open: true };
    }
    open ||= found.some((hit) => hit.value.kind === 'list' && hit.value.open);
    found = next;
  }
  open ||= found.some((hit) => hit.value.kind === 'list' && hit.value.open);
  return { found: entered(found, within).filter((hit) => !isNull(hit.value)), open };
}

/** The hit that a rule's path starts from: the subject, or what surrounds it (`$pod`). */
export function startOf(subject: Subject, from: Hit, path: string): { readonly from: Hit; readonly path: readonly string[] } | undefined {
  const segments = splitPath(path);
  const [first = ''] = segments;
  if (!first.startsWith('$')) return { from, path: segments };
  const root = subject.roots.get(first.slice(1));
  return root === undefined ? undefined : { from: { value: root, place: root.place }, path: segments.slice(1) };
}

/** The segments of a path: `a.b["c.d/e"].*`; a quoted one may hold dots. `.` alone is the thing itself. */
export function splitPath(path: string): readonly string[] {
  if (!path.includes('[')) return path === '.' ? [] : path.split('.');
  return [...path.matchAll(/\["([^"]{1,200})"\]|[^.[\]]+/gu)].map(([plain, quoted]) => quoted ?? plain);
}

function membersOf(hit: Hit, segment: string, within: Place): readonly Hit[] {
  if (hit.value.kind !== 'map') return [];
  if (segment === '*')
    return [...hit.value.entries.values()].map((entry) => ({ value: entry.value, place: inside(entry.place, hit, within) }));
  const entry = hit.value.entries.get(segment);
  return entry === undefined ? [] : [{ value: entry.value, place: inside(entry.place, hit, within) }];
}

function entered(hits: readonly Hit[], within: Place): readonly Hit[] {
  return hits.flatMap((hit) =>
    hit.value.kind === 'list' ? hit.value.items.map((item) => ({ value: item, place: inside(item.place, hit, within) })) : [hit],
  );
}

// A value may be written elsewhere (the default of a variable): the finding then stands where the subject takes it.
function inside(place: Place, from: Hit, within: Place): Place {
  if (place.patch === true) return place;
  return place.file === within.file && place.start >= within.start && place.end <= within.end ? place : from.place;
}

function isNull(value: Value): boolean {
  return value.kind === 'scalar' && value.value === null;
}
