import { limits } from '@lib/contract';
import type { Block, Body } from '../hcl/syntax.ts';
import { list, map, type Entry, type MapValue, type Place, type Value } from '../model/value.ts';
import { evaluate, pairsOf } from './evaluate.ts';
import { spend, withBindings, type Scope } from './scope.ts';

/** The body of a block as a map: attributes by name, nested blocks as lists of maps, `dynamic` blocks expanded as far as they are known. */
export function readBlock(block: Block, scope: Scope, depth = 0): MapValue {
  const entries = new Map<string, Entry>();
  const whole: Place = { file: scope.file, start: block.span.start, end: block.span.end };
  if (depth >= limits.iacDepthMax || !spend(scope)) return map(entries, whole, true);
  for (const { name, value, span } of block.body.attributes) {
    entries.set(name, { place: { file: scope.file, start: span.start, end: span.end }, value: evaluate(value, scope) });
  }
  for (const [name, found] of nestedBlocks(block.body, scope, depth)) {
    const [first] = found.items;
    entries.set(name, { place: first?.place ?? whole, value: list(found.items, first?.place ?? whole, found.open) });
  }
  return map(entries, whole);
}

type Found = { items: Value[]; open: boolean };

function nestedBlocks(body: Body, scope: Scope, depth: number): ReadonlyMap<string, Found> {
  const byName = new Map<string, Found>();
  for (const inner of body.blocks) {
    const name = inner.type === 'dynamic' ? (inner.labels[0] ?? '') : inner.type;
    const found = byName.get(name) ?? { items: [], open: false };
    byName.set(name, found);
    if (inner.type !== 'dynamic') found.items.push(readBlock(inner, scope, depth + 1));
    else expand(inner, { scope, depth, found });
  }
  return byName;
}

type Into = { readonly scope: Scope; readonly depth: number; readonly found: Found };

// `dynamic "ingress" { for_each = ...; iterator = name; content { ... } }`
function expand(block: Block, { scope, depth, found }: Into): void {
  const content = block.body.blocks.find((inner) => inner.type === 'content');
  const each = block.body.attributes.find((attribute) => attribute.name === 'for_each');
  if (content === undefined || each === undefined) return;
  const iterator = block.body.attributes.find((attribute) => attribute.name === 'iterator')?.value;
  const name = iterator?.kind === 'variable' ? iterator.name : (block.labels[0] ?? '');
  const pairs = pairsOf(evaluate(each.value, scope));
  if (pairs === undefined) {
    // may be none or many; what the content writes literally is not known to exist
    found.open = true;
    return;
  }
  for (const [key, value] of pairs) {
    const place = value.place;
    const item = map(
      new Map([
        ['key', { place, value: key }],
        ['value', { place, value }],
      ]),
      place,
    );
    found.items.push(readBlock(content, withBindings(scope, [[name, item]]), depth + 1));
  }
}
