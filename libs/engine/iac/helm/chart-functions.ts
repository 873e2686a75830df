import { Buffer } from 'node:buffer';
import semver from 'semver';
import { limits } from '@lib/contract';
import { isEmpty, isGoList, isGoMap, isKnown, readGoValue, toJson, toYaml, unknowable, type GoValue } from './go-value.ts';

type ChartFunction = (values: readonly GoValue[]) => GoValue | undefined;

/** The functions that charts use most; undefined is what a chart must not ask for. Source: https://helm.sh/docs/chart_template_guide/function_list/ */
export function callChartFunction(name: string, values: readonly GoValue[]): GoValue | undefined {
  const known = functions.get(name);
  return known === undefined ? unknowable : known(values);
}

/** A value as Go prints it; undefined when nobody knows. */
export function printed(value: GoValue | undefined): string | undefined {
  if (value === undefined || value === null) return '';
  if (value === unknowable || !isKnown(value)) return undefined;
  return typeof value === 'object' ? toJson(value) : String(value);
}

function textOf(value: GoValue | undefined): string {
  return printed(value) ?? '';
}

function onText(change: (text: string, ...rest: string[]) => GoValue): ChartFunction {
  return (values) => {
    const texts = values.map(printed);
    const known = texts.filter((text) => text !== undefined);
    const [subject, ...rest] = [known.at(-1) ?? '', ...known.slice(0, -1)];
    return known.length < texts.length ? unknowable : change(subject, ...rest);
  };
}

function onNumbers(compute: (numbers: readonly number[]) => number): ChartFunction {
  return (values) => {
    if (values.includes(unknowable)) return unknowable;
    const made = compute(values.map(Number));
    return Number.isFinite(made) ? made : unknowable;
  };
}

function compared(decide: (left: number | string, right: number | string) => boolean): ChartFunction {
  return ([left = null, right = null]) => {
    if (left === unknowable || right === unknowable) return unknowable;
    const both =
      typeof left === 'number' && typeof right === 'number' ? ([left, right] as const) : ([textOf(left), textOf(right)] as const);
    return decide(both[0], both[1]);
  };
}

function equal([left = null, ...others]: readonly GoValue[]): GoValue {
  if (others.some((other) => other === left && other !== unknowable)) return true;
  if (left === unknowable || others.includes(unknowable)) return unknowable;
  return others.some((other) => textOf(other) === textOf(left) && typeof other === typeof left);
}

function negated(value: GoValue): GoValue {
  const empty = isEmpty(value);
  return empty ?? unknowable;
}

function firstThat(isEnd: (empty: boolean) => boolean): ChartFunction {
  return (values) => {
    for (const value of values) {
      const empty = isEmpty(value);
      if (empty === undefined) return unknowable;
      if (isEnd(empty)) return value;
    }
    return values.at(-1) ?? null;
  };
}

function indented(text: string, count: string): string {
  const width = Math.min(Number(count) || 0, limits.iacDepthMax);
  return text.replaceAll(/^/gmu, ' '.repeat(width));
}

function format(values: readonly GoValue[]): GoValue {
  const [pattern, ...rest] = values.map(printed);
  if (pattern === undefined || rest.includes(undefined)) return unknowable;
  let at = 0;
  return pattern.replaceAll(/%[-+0-9.]{0,6}[svdqtf%]/gu, (verb) => {
    if (verb === '%%') return '%';
    const text = rest[at++] ?? '';
    return verb.endsWith('q') ? JSON.stringify(text) : text;
  });
}

function merged(values: readonly GoValue[], isLastStronger: boolean): GoValue {
  const maps = values.filter(isGoMap);
  if (maps.length < values.length) return unknowable;
  return maps.reduce<ReadonlyMap<string, GoValue>>((sum, next) => (isLastStronger ? joined(sum, next) : joined(next, sum)), new Map());
}

function joined(weak: ReadonlyMap<string, GoValue>, strong: ReadonlyMap<string, GoValue>): ReadonlyMap<string, GoValue> {
  const made = new Map(weak);
  for (const [key, value] of strong) {
    const before = made.get(key) ?? null;
    made.set(key, isGoMap(before) && isGoMap(value) ? joined(before, value) : value);
  }
  return made;
}

function dictionary(values: readonly GoValue[]): GoValue {
  return new Map(
    Array.from({ length: Math.ceil(values.length / 2) }, (_, at) => [textOf(values[at * 2]), values[at * 2 + 1] ?? null] as const),
  );
}

function indexed([value = null, ...keys]: readonly GoValue[]): GoValue {
  return keys.reduce<GoValue>((at, key) => {
    if (isGoMap(at)) return at.get(textOf(key)) ?? null;
    return isGoList(at) ? (at[Number(key)] ?? null) : at === null ? null : unknowable;
  }, value);
}

function length([value = null]: readonly GoValue[]): GoValue {
  if (isGoMap(value)) return value.size;
  return isGoList(value) || typeof value === 'string' ? value.length : value === null ? 0 : unknowable;
}

function kindOf(value: GoValue): string {
  if (isGoMap(value)) return 'map';
  if (isGoList(value)) return 'slice';
  const kinds: Readonly<Record<string, string>> = {
    string: 'string',
    boolean: 'bool',
    number: Number.isInteger(value) ? 'int' : 'float64',
  };
  return kinds[typeof value] ?? 'invalid';
}

function parsed(text: string): GoValue {
  const found = readGoValue(text);
  return found.ok ? found.value : unknowable;
}

function withoutKeys([value = null, ...keys]: readonly GoValue[], isKept: boolean): GoValue {
  return isGoMap(value) ? new Map([...value].filter(([key]) => keys.includes(key) === isKept)) : unknowable;
}

function ofList(take: (items: readonly GoValue[]) => GoValue): ChartFunction {
  return ([value = null]) => (isGoList(value) ? take(value) : value === null ? null : unknowable);
}

const functions: ReadonlyMap<string, ChartFunction> = new Map<string, ChartFunction>([
  [
    'default',
    ([otherwise = null, value = null]) => (isEmpty(value) === undefined ? unknowable : isEmpty(value) === true ? otherwise : value),
  ],
  ['required', ([, value = null]) => (isEmpty(value) === true ? unknowable : value)],
  ['fail', () => undefined],
  ['quote', onText((text) => JSON.stringify(text))],
  ['squote', onText((text) => `'${text}'`)],
  ['toYaml', ([value = null]) => (isKnown(value) ? (value === null ? 'null' : toYaml(value)) : unknowable)],
  ['toJson', ([value = null]) => (isKnown(value) ? toJson(value) : unknowable)],
  ['fromYaml', ([value = null]) => (typeof value === 'string' ? parsed(value) : unknowable)],
  ['indent', onText((text, count = '0') => indented(text, count))],
  ['nindent', onText((text, count = '0') => `\n${indented(text, count)}`)],
  ['trim', onText((text) => text.trim())],
  ['trimSuffix', onText((text, suffix = '') => (suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text))],
  ['trimPrefix', onText((text, prefix = '') => (text.startsWith(prefix) ? text.slice(prefix.length) : text))],
  ['trimAll', onText((text, cut = '') => text.split(cut).join(''))],
  ['trunc', onText((text, count = '0') => (Number(count) < 0 ? text.slice(Number(count)) : text.slice(0, Number(count))))],
  ['lower', onText((text) => text.toLowerCase())],
  ['upper', onText((text) => text.toUpperCase())],
  ['title', onText((text) => text.replaceAll(/\b\p{Ll}/gu, (letter) => letter.toUpperCase()))],
  ['replace', onText((text, from = '', to = '') => (from === '' ? text : text.split(from).join(to)))],
  ['contains', onText((text, part = '') => text.includes(part))],
  ['hasPrefix', onText((text, prefix = '') => text.startsWith(prefix))],
  ['hasSuffix', onText((text, suffix = '') => text.endsWith(suffix))],
  ['toString', onText((text) => text)],
  ['b64enc', onText((text) => Buffer.from(text, 'utf8').toString('base64'))],
  ['b64dec', onText((text) => Buffer.from(text, 'base64').toString('utf8'))],
  ['printf', format],
  [
    'print',
    (values) => {
      const texts = values.map(printed);
      return texts.includes(undefined) ? unknowable : texts.join('');
    },
  ],
  ['eq', equal],
  ['ne', (values) => negated(equal(values))],
  ['lt', compared((left, right) => left < right)],
  ['le', compared((left, right) => left <= right)],
  ['gt', compared((left, right) => left > right)],
  ['ge', compared((left, right) => left >= right)],
  ['and', firstThat((empty) => empty)],
  ['or', firstThat((empty) => !empty)],
  ['not', ([value = null]) => negated(value)],
  ['empty', ([value = null]) => negated(value)],
  ['coalesce', firstThat((empty) => !empty)],
  ['ternary', ([yes = null, no = null, test = null]) => (test === unknowable ? unknowable : test === true ? yes : no)],
  ['list', (values) => [...values]],
  ['tuple', (values) => [...values]],
  ['dict', dictionary],
  ['get', ([value = null, key = null]) => (isGoMap(value) ? (value.get(textOf(key)) ?? '') : unknowable)],
  ['hasKey', ([value = null, key = null]) => (isGoMap(value) ? value.has(textOf(key)) : unknowable)],
  ['index', indexed],
  [
    'dig',
    (values) => {
      const found = indexed([values.at(-1) ?? null, ...values.slice(0, -2)]);
      return found ?? values.at(-2) ?? null;
    },
  ],
  ['len', length],
  ['keys', ([value = null]) => (isGoMap(value) ? [...value.keys()] : unknowable)],
  ['omit', (values) => withoutKeys(values, false)],
  ['pick', (values) => withoutKeys(values, true)],
  ['merge', (values) => merged(values, false)],
  ['mergeOverwrite', (values) => merged(values, true)],
  ['deepCopy', ([value = null]) => value],
  ['first', ofList((items) => items[0] ?? null)],
  ['last', ofList((items) => items.at(-1) ?? null)],
  ['uniq', ofList((items) => [...new Set(items)])],
  ['sortAlpha', ofList((items) => items.map(textOf).toSorted())],
  ['compact', ofList((items) => items.filter((item) => isEmpty(item) !== true))],
  ['has', ([wanted = null, value = null]) => (isGoList(value) ? value.includes(wanted) : unknowable)],
  ['concat', (values) => values.flatMap((value) => (isGoList(value) ? value : []))],
  ['append', ([value = null, item = null]) => (isGoList(value) ? [...value, item] : unknowable)],
  ['join', ([between = '', value = null]) => (isGoList(value) && isKnown(value) ? value.map(textOf).join(textOf(between)) : unknowable)],
  ['kindIs', ([kind = '', value = null]) => (value === unknowable ? unknowable : kindOf(value) === kind)],
  ['kindOf', ([value = null]) => (value === unknowable ? unknowable : kindOf(value))],
  ['typeIs', ([kind = '', value = null]) => (value === unknowable ? unknowable : kindOf(value) === textOf(kind).replace('64', ''))],
  ['int', onNumbers(([number = 0]) => Math.trunc(number))],
  ['int64', onNumbers(([number = 0]) => Math.trunc(number))],
  ['float64', onNumbers(([number = 0]) => number)],
  ['add', onNumbers((numbers) => numbers.reduce((sum, number) => sum + number, 0))],
  ['add1', onNumbers(([number = 0]) => number + 1)],
  ['sub', onNumbers(([left = 0, right = 0]) => left - right)],
  ['mul', onNumbers((numbers) => numbers.reduce((product, number) => product * number, 1))],
  ['div', onNumbers(([left = 0, right = 1]) => Math.trunc(left / right))],
  ['max', onNumbers((numbers) => Math.max(...numbers.slice(0, limits.iacInstancesMax)))],
  ['min', onNumbers((numbers) => Math.min(...numbers.slice(0, limits.iacInstancesMax)))],
  ['lookup', () => new Map()],
  [
    'semverCompare',
    onText((version, range = '') => semver.satisfies(semver.coerce(version) ?? version, range.replaceAll(/-0(?![\w.])/gu, ''))),
  ],
]);
