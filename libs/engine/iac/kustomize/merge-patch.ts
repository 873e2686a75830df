import { itemsOf, list, map, member, textOf, type Entry, type ListValue, type MapValue, type Value } from '../model/value.ts';

// Lists whose items have a name: a patch speaks of the item of that name. Everything else is replaced whole.
const namesOfItems: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  imagePullSecrets: ['name'],
  ports: ['containerPort', 'port'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey'],
};

/**
 * What a strategic merge patch makes of a value; undefined where it deletes it. What the patch wrote keeps the place in the patch, a map
 * that both wrote has the place of the first.
 * Source: Kubernetes, "Strategic merge patch" (contributors/devel/sig-api-machinery/strategic-merge-patch.md).
 */
export function mergePatch(base: Value, patch: Value, field = ''): Value | undefined {
  const directive = textOf(member(patch, '$patch'));
  if (directive === 'delete') return undefined;
  if (directive === 'replace') return withoutDirectives(patch);
  if (base.kind === 'map' && patch.kind === 'map') return mergeMaps(base, patch);
  if (base.kind === 'list' && patch.kind === 'list') {
    const name = namesOfItems[field]?.find((key) => patch.items.every((item) => textOf(member(item, key)) !== undefined));
    return name === undefined ? patch : mergeItems(base, patch, name);
  }
  return withoutDirectives(patch);
}

function mergeMaps(base: MapValue, patch: MapValue): Value {
  const entries = new Map<string, Entry>(base.entries);
  for (const [key, entry] of patch.entries) {
    if (key.startsWith('$')) continue;
    const own = entries.get(key);
    const isNull = entry.value.kind === 'scalar' && entry.value.value === null;
    const merged = isNull ? undefined : own === undefined ? withoutDirectives(entry.value) : mergePatch(own.value, entry.value, key);
    if (merged === undefined) entries.delete(key);
    else entries.set(key, { place: merged.place === own?.value.place ? own.place : entry.place, value: merged });
  }
  return { ...map(entries, base.place, base.open || patch.open), refs: base.refs };
}

function mergeItems(base: ListValue, patch: ListValue, name: string): Value {
  const nameOf = (item: Value): string | undefined => textOf(member(item, name));
  const kept = base.items.flatMap((item) => {
    const own = patch.items.find((other) => nameOf(other) === nameOf(item));
    const merged = own === undefined ? item : mergePatch(item, own);
    return merged === undefined ? [] : [merged];
  });
  const known = new Set(base.items.map(nameOf));
  const added = patch.items.filter((item) => !known.has(nameOf(item)) && textOf(member(item, '$patch')) !== 'delete');
  return list([...kept, ...added.map(withoutDirectives)], base.place, base.open || patch.open);
}

function withoutDirectives(value: Value): Value {
  if (value.kind !== 'map' || ![...value.entries.keys()].some((key) => key.startsWith('$'))) return value;
  return map(new Map([...value.entries].filter(([key]) => !key.startsWith('$'))), value.place, value.open);
}

/** The containers of a pod template, wherever it stands in an object, changed one by one. */
export function mapContainers(value: Value, change: (container: Value) => Value): Value {
  if (value.kind !== 'map') return value;
  const entries = new Map(value.entries);
  for (const [key, entry] of value.entries) {
    if (key === 'containers' || key === 'initContainers' || key === 'ephemeralContainers') {
      if (entry.value.kind === 'list') entries.set(key, { ...entry, value: { ...entry.value, items: itemsOf(entry.value).map(change) } });
    } else if (['spec', 'template', 'jobTemplate'].includes(key)) entries.set(key, { ...entry, value: mapContainers(entry.value, change) });
  }
  return { ...value, entries };
}
