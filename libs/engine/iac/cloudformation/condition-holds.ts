import { itemsOf, textOf, type Value } from '../model/value.ts';
import type { Template } from './template.ts';

/** How a value of a template is worked out; conditions compare values, and values depend on conditions. */
type Resolve = (value: Value, template: Template) => Value;

/** Whether a named condition holds; undefined when that is decided when the stack is made, or when conditions name each other in a circle. */
export function conditionHolds(name: string, template: Template, resolve: Resolve): boolean | undefined {
  const written = template.conditions.get(name)?.value;
  if (written === undefined || template.pending.has(name)) return undefined;
  template.pending.add(name);
  const holds = decide(written, template, resolve);
  template.pending.delete(name);
  return holds;
}

function decide(value: Value, template: Template, resolve: Resolve): boolean | undefined {
  if (value.kind !== 'map' || value.entries.size !== 1) return undefined;
  const [[name, { value: argument }] = ['', { value }]] = value.entries;
  if (name === 'Condition') return conditionHolds(textOf(argument) ?? '', template, resolve);
  if (name === 'Fn::Equals') return equal(itemsOf(argument).map((one) => resolve(one, template)));
  const inner = itemsOf(argument).map((one) => decide(one, template, resolve));
  return combine(name, inner);
}

function combine(name: string, inner: readonly (boolean | undefined)[]): boolean | undefined {
  // one of these decides, whatever the others are
  const decisive = new Map([
    ['Fn::And', false],
    ['Fn::Or', true],
  ]).get(name);
  if (name === 'Fn::Not') return inner[0] === undefined ? undefined : !inner[0];
  if (decisive === undefined) return undefined;
  if (inner.includes(decisive)) return decisive;
  return inner.includes(undefined) ? undefined : !decisive;
}

function equal([left, right]: readonly Value[]): boolean | undefined {
  const [one, other] = [textOf(left), textOf(right)];
  return one === undefined || other === undefined ? undefined : one === other;
}
