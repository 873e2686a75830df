import { limits } from '@lib/contract';
import type { Block } from '../hcl/syntax.ts';
import { map, scalar, textOf, unknown, type Place, type Value } from '../model/value.ts';
import { evaluate, pairsOf } from './evaluate.ts';
import type { Scope } from './scope.ts';

/** One member that `count` or `for_each` makes, with the names that it sees. */
export type Member = { readonly key: string | undefined; readonly bindings: readonly (readonly [string, Value])[] };

/** The members of a resource or a module call: one without either; none when it is known to make nothing; one unknown member when nobody can tell. */
export function membersOf(block: Block, scope: Scope): readonly Member[] {
  const attribute = (name: string): Value | undefined => {
    const found = block.body.attributes.find((candidate) => candidate.name === name);
    return found === undefined ? undefined : evaluate(found.value, scope);
  };
  const count = attribute('count');
  if (count !== undefined) return counted(count);
  const each = attribute('for_each');
  return each === undefined ? [{ key: undefined, bindings: [] }] : forEach(each);
}

function counted(count: Value): readonly Member[] {
  const number = Number(textOf(count));
  if (number === 0) return [];
  if (!Number.isSafeInteger(number) || number < 0 || number > limits.iacInstancesMax) {
    return [{ key: undefined, bindings: [['count', record(count.place, { index: unknown(count.place) })]] }];
  }
  return Array.from({ length: number }, (_, index) => ({
    key: String(index),
    bindings: [['count', record(count.place, { index: scalar(index, count.place) })]],
  }));
}

function forEach(each: Value): readonly Member[] {
  const { place } = each;
  const open: Member = { key: undefined, bindings: [['each', record(place, { key: unknown(place), value: unknown(place, each.refs) })]] };
  const pairs = pairsOf(each);
  if (pairs === undefined || pairs.length > limits.iacInstancesMax) return [open];
  return pairs.map(([key, value]) => {
    // a set's members are their own keys
    const own = each.kind === 'list' ? value : key;
    return { key: textOf(own), bindings: [['each', record(value.place, { key: own, value })]] };
  });
}

function record(place: Place, members: Readonly<Record<string, Value>>): Value {
  return map(new Map(Object.entries(members).map(([name, value]) => [name, { place, value }] as const)), place);
}
