import { hole, itemsOf, list, map, member, scalar, textOf, unknown, type Entry, type Place, type Value } from '../model/value.ts';
import { conditionHolds } from './condition-holds.ts';
import type { Template } from './template.ts';

const intrinsic = /^(?:Ref|Condition|Fn::[A-Za-z0-9]{1,40})$/u;

/**
 * Works out a template's intrinsic functions as far as its own text allows: parameters by their defaults, mappings, conditions. What is
 * decided when the stack is made stays unknown and keeps the logical names that it refers to. The reader has bounded the depth.
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
export function resolveIntrinsics(value: Value, template: Template): Value {
  if (value.kind === 'list') return resolveList(value, template);
  if (value.kind !== 'map') return value;
  const [name] = value.entries.keys();
  if (name !== undefined && value.entries.size === 1 && intrinsic.test(name)) {
    const argument = value.entries.get(name)?.value;
    const resolve = functions.get(name);
    return argument === undefined || resolve === undefined ? unknown(value.place) : resolve(argument, template, value.place);
  }
  const entries = new Map<string, Entry>();
  for (const [key, entry] of value.entries) {
    const made = resolveIntrinsics(entry.value, template);
    if (!isNoValue(made)) entries.set(key, { ...entry, value: made });
  }
  const isOpen = value.open || [...value.entries.keys()].some((key) => key.startsWith('Fn::'));
  return { ...value, entries, open: isOpen };
}

function resolveList(value: Extract<Value, { kind: 'list' }>, template: Template): Value {
  const items = value.items.map((item) => resolveIntrinsics(item, template)).filter((item) => !isNoValue(item));
  return { ...value, items };
}

type Resolve = (argument: Value, template: Template, place: Place) => Value;

const functions: ReadonlyMap<string, Resolve> = new Map<string, Resolve>([
  ['Ref', (argument, template, place) => reference(textOf(argument) ?? '', template, place)],
  ['Fn::GetAtt', (argument, _, place) => unknown(place, attributeOwner(argument))],
  ['Fn::Sub', substitute],
  ['Fn::Join', join],
  ['Fn::Select', select],
  ['Fn::Split', split],
  ['Fn::If', choose],
  ['Fn::FindInMap', findInMap],
  ['Fn::Base64', (argument, template) => resolveIntrinsics(argument, template)],
  ['Fn::ToJsonString', (argument, template, place) => ({ kind: 'encoded', value: resolveIntrinsics(argument, template), place, refs: [] })],
]);

// `AWS::NoValue` takes the property away; it is null while it is worked out.
function isNoValue(value: Value): boolean {
  return value.kind === 'scalar' && value.value === null && value.refs.includes('AWS::NoValue');
}

/** A parameter's default, or a resource by its logical name. */
function reference(name: string, template: Template, place: Place): Value {
  if (name === 'AWS::NoValue') return scalar(null, place, [name]);
  const parameter = template.parameters.get(name);
  if (parameter === undefined) return unknown(place, name.startsWith('AWS::') ? [] : [name]);
  const { isList, value } = parameter;
  if (value === undefined) return unknown(place);
  const text = textOf(value) ?? '';
  if (!isList) return { ...value, place };
  return list(
    text.split(',').map((item) => scalar(item.trim(), place)),
    place,
  );
}

function attributeOwner(argument: Value): readonly string[] {
  const name = textOf(itemsOf(argument)[0])?.split('.')[0];
  return name === undefined ? [] : [name];
}

// `"a ${Name} ${Resource.Attribute} ${!literal}"`, alone or with names of its own.
function substitute(argument: Value, template: Template, place: Place): Value {
  const [pattern, own] = argument.kind === 'list' ? argument.items : [argument, undefined];
  const text = textOf(pattern);
  if (text === undefined) return unknown(place);
  const refs: string[] = [];
  const made = text.replaceAll(/\$\{(!?)([^}]{0,300})\}/gu, (...[, literal, name]: readonly [string, string, string, ...unknown[]]) => {
    if (literal === '!') return `\${${name}}`;
    const given = member(own, name.trim());
    const value = given === undefined ? reference(name.trim().split('.')[0] ?? '', template, place) : resolveIntrinsics(given, template);
    refs.push(...value.refs);
    return (name.includes('.') && given === undefined ? undefined : textOf(value)) ?? hole;
  });
  return made.includes(hole) ? unknown(place, refs, made) : scalar(made, place, refs);
}

function join(argument: Value, template: Template, place: Place): Value {
  const [separator, written] = itemsOf(argument);
  const items = written === undefined ? undefined : resolveIntrinsics(written, template);
  const between = textOf(separator);
  if (between === undefined || items?.kind !== 'list') return unknown(place);
  const refs = items.items.flatMap((item) => item.refs);
  const made = items.items.map((item) => textOf(item) ?? (item.kind === 'unknown' ? (item.text ?? hole) : hole)).join(between);
  return made.includes(hole) || items.open ? unknown(place, refs, made) : scalar(made, place, refs);
}

function select(argument: Value, template: Template, place: Place): Value {
  const [index, written] = itemsOf(argument);
  const items = written === undefined ? undefined : resolveIntrinsics(written, template);
  const at = Number(textOf(index === undefined ? undefined : resolveIntrinsics(index, template)) ?? Number.NaN);
  return (items?.kind === 'list' && !items.open ? items.items[at] : undefined) ?? unknown(place, items?.refs);
}

function split(argument: Value, template: Template, place: Place): Value {
  const [separator, written] = itemsOf(argument);
  const text = written === undefined ? undefined : textOf(resolveIntrinsics(written, template));
  const between = textOf(separator);
  if (text === undefined || between === undefined || between === '') return unknown(place);
  return list(
    text.split(between).map((part) => scalar(part, place)),
    place,
  );
}

function choose(argument: Value, template: Template, place: Place): Value {
  const [name, yes, no] = itemsOf(argument);
  if (yes === undefined || no === undefined) return unknown(place);
  const holds = conditionHolds(textOf(name) ?? '', template, resolveIntrinsics);
  if (holds !== undefined) return resolveIntrinsics(holds ? yes : no, template);
  const [left, right] = [resolveIntrinsics(yes, template), resolveIntrinsics(no, template)];
  // both ways lead to the same value: then the condition does not matter
  if (textOf(left) !== undefined && textOf(left) === textOf(right)) return left;
  return unknown(place, [...left.refs, ...right.refs]);
}

function findInMap(argument: Value, template: Template, place: Place): Value {
  const keys = itemsOf(argument)
    .slice(0, 3)
    .map((key) => textOf(resolveIntrinsics(key, template)));
  let found: Value | undefined = map(template.mappings, place);
  for (const key of keys) found = key === undefined ? undefined : member(found, key);
  return keys.length < 3 || found === undefined ? unknown(place) : found;
}
