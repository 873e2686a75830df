import { limits } from '@lib/contract';
import { list, map, scalar, unknown, type Entry, type MapValue, type Place, type Value } from '../../model/value.ts';
import type { ConfiguredResource } from './plan-configuration.ts';
import type { Places } from './plan-places.ts';
import type { PlannedResource } from './plan-schema.ts';

/** A resource of a plan with all that the plan says of it. `unknown` has the form of its values, true where nobody knows yet. */
export type Planned = {
  readonly resource: PlannedResource;
  readonly unknown: unknown;
  readonly config: ConfiguredResource | undefined;
  readonly places: Places;
  /** Values so far, of the whole plan. */
  readonly budget: { nodes: number };
};

/**
 * The values of a resource as they will be. What is null, or empty where a block would stand, is left out, as it is in sources; what only the
 * apply will say is unknown when the sources write it, and left out when they do not: then the provider chooses it, and nobody asked.
 */
export function plannedValue({ resource, unknown: after, config, places, budget }: Planned): MapValue {
  const entries = new Map<string, Entry>();
  const values = resource.values ?? {};
  const later = tableOf(after);
  for (const name of new Set([...Object.keys(values), ...Object.keys(later)])) {
    if (budget.nodes > limits.iacNodesMax) break;
    const place = places.of(name);
    const written = config?.expressions[name];
    if (config !== undefined && written === undefined && later[name] === true) continue;
    const given = { value: values[name], later: later[name], sensitive: tableOf(resource.sensitive_values)[name], written };
    const value = valueOf(given, { place, budget, refsOf: config?.refsOf ?? noRefs, depth: 0 });
    if (value !== undefined) entries.set(name, { place, value });
  }
  return map(entries, places.whole);
}

const noRefs = (): readonly string[] => [];

type Given = { readonly value: unknown; readonly later: unknown; readonly sensitive: unknown; readonly written: unknown };
type At = {
  readonly place: Place;
  readonly budget: { nodes: number };
  readonly refsOf: (expression: unknown) => readonly string[];
  readonly depth: number;
};

function valueOf({ value, later, sensitive, written }: Given, at: At): Value | undefined {
  const { place, budget, depth } = at;
  budget.nodes += 1;
  const refs = at.refsOf(written);
  if (later === true || sensitive === true || depth > limits.iacDepthMax) return unknown(place, refs);
  const within = (name: string | number): Given => ({
    value: partOf(value, name),
    later: partOf(later, name),
    sensitive: partOf(sensitive, name),
    written: partOf(written, name),
  });
  const below = { ...at, depth: depth + 1 };
  if (Array.isArray(value) || Array.isArray(later)) {
    const count = Math.max(lengthOf(value), lengthOf(later));
    if (count === 0) return undefined;
    const items = Array.from({ length: count }, (_, index) => valueOf(within(index), below) ?? scalar(null, place));
    return { ...list(items, place), refs };
  }
  if (isTable(value) || isTable(later)) {
    const names = new Set([...Object.keys(tableOf(value)), ...Object.keys(tableOf(later))]);
    const entries = [...names].flatMap((name) => {
      const inner = valueOf(within(name), below);
      return inner === undefined ? [] : [[name, { place, value: inner }] as const];
    });
    return { ...map(new Map(entries), place), refs };
  }
  return isScalar(value) ? scalar(value, place, refs) : undefined;
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tableOf(value: unknown): Readonly<Record<string, unknown>> {
  return isTable(value) ? value : {};
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}

// Expressions of nested blocks are lists of objects, those of single blocks an object.
function partOf(value: unknown, name: string | number): unknown {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return typeof name === 'number' ? items[name] : undefined;
  }
  if (!isTable(value) || typeof name === 'number') return value;
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
