import { sourceText } from '@lib/engine/sdk';
import { present } from '@lib/kernel';
import { describe, expect, it } from 'vitest';
import type { Condition } from '../rule-schema.ts';
import { checkConditions } from './check-conditions.ts';
import { worldOf } from './subject.ts';
import { hole, list, map, scalar, unknown, type Value } from './value.ts';

const source = sourceText(new TextEncoder().encode('abc\ndef\n'));
const file = { path: 'a', sha256: 'a'.repeat(64), source: present(source.ok ? source.value : undefined, 'source') };
const place = { file, start: 0, end: 3 };
const written = { file, start: 4, end: 7 };

function truthOf(members: Readonly<Record<string, Value>>, conditions: readonly Condition[], open = false): string {
  const entries = Object.entries(members).map(([name, value]) => [name, { place: written, value }] as const);
  const value = map(new Map(entries), place, open);
  const roots = new Map([['pod', map(new Map([['host', { place, value: scalar(true, place) }]]), place)]]);
  return checkConditions(
    { format: 'terraform', type: 't', address: 't.a', value, roots, file, place, head: place, world: worldOf([]) },
    conditions,
  ).truth;
}

const known = scalar('x', written);
const dark = unknown(written);
const yes: Condition = { path: 'a', is: ['x'] };
const no: Condition = { path: 'a', is: ['y'] };
const maybe: Condition = { path: 'dark', is: ['x'] };
const all = { a: known, dark };

describe('conditions', () => {
  it.each([
    ['yes and maybe', [yes, maybe], 'maybe'],
    ['no and maybe', [maybe, no], 'no'],
    ['any: maybe or yes', [{ any: [maybe, yes] }], 'yes'],
    ['any: maybe or no', [{ any: [no, maybe] }], 'maybe'],
    ['any: no', [{ any: [no, no] }], 'no'],
    ['none: no', [{ none: [no] }], 'yes'],
    ['none: maybe', [{ none: [no, maybe] }], 'maybe'],
    ['none: yes', [{ none: [maybe, yes] }], 'no'],
    ['all: maybe', [{ all: [yes, maybe] }], 'maybe'],
  ] as const)('%s', (_, conditions, truth) => {
    expect(truthOf(all, [...conditions])).toBe(truth);
  });

  const numbers = (value: Value): Readonly<Record<string, Value>> => ({ a: value });

  it.each([
    ['under, below', scalar(6, written), { path: 'a', under: 7 }, 'yes'],
    ['under, equal', scalar('7', written), { path: 'a', under: 7 }, 'no'],
    ['under, no number', scalar('', written), { path: 'a', under: 7 }, 'no'],
    ['over, above', scalar(8, written), { path: 'a', over: 7 }, 'yes'],
    ['over, equal', scalar(7, written), { path: 'a', over: 7 }, 'no'],
    ['not, other', known, { path: 'a', not: ['y'] }, 'yes'],
    ['not, same', known, { path: 'a', not: ['x'] }, 'no'],
    ['not, unknown', dark, { path: 'a', not: ['x'] }, 'maybe'],
    ['not, absent', undefined, { path: 'a', not: ['x'] }, 'no'],
    ['unlike, other', known, { path: 'a', unlike: '^y' }, 'yes'],
    ['unlike, same', known, { path: 'a', unlike: '^x' }, 'no'],
    ['unlike, unknown', dark, { path: 'a', unlike: '^x' }, 'maybe'],
    ['is, a truth as text', scalar(true, written), { path: 'a', is: ['true'] }, 'yes'],
    ['is, a collection', map(new Map(), written), { path: 'a', is: ['x'] }, 'no'],
    ['matches, the known part', unknown(written, [], `http://${hole}`), { path: 'a', matches: '^http:' }, 'yes'],
    ['matches, reaching into the unknown', unknown(written, [], `http${hole}`), { path: 'a', matches: '^http.' }, 'maybe'],
    ['absent', undefined, { path: 'a', absent: true }, 'yes'],
    ['absent, null', scalar(null, written), { path: 'a', absent: true }, 'yes'],
    ['absent, written', known, { path: 'a', absent: true }, 'no'],
    ['absent, unknown', dark, { path: 'a', absent: true }, 'no'],
    ['present', known, { path: 'a', present: true }, 'yes'],
    ['present, missing', undefined, { path: 'a', present: true }, 'no'],
    ['absentOr, missing', undefined, { path: 'a', absentOr: ['x'] }, 'yes'],
    ['absentOr, same', known, { path: 'a', absentOr: ['x'] }, 'yes'],
    ['absentOr, other', known, { path: 'a', absentOr: ['y'] }, 'no'],
    ['absentOr, unknown', dark, { path: 'a', absentOr: ['x'] }, 'maybe'],
    ['one item of a list fits', list([scalar('y', written), known], written), { path: 'a', is: ['x'] }, 'yes'],
    ['an open list may hold it', list([scalar('y', written)], written, true), { path: 'a', is: ['x'] }, 'maybe'],
  ] as const)('%s', (...[, value, condition, truth]) => {
    expect(truthOf(value === undefined ? {} : numbers(value), [conditionOf(condition)])).toBe(truth);
  });

  it.each([
    ['absent', { path: 'a', absent: true }],
    ['present', { path: 'a', present: true }],
    ['absentOr', { path: 'a', absentOr: ['x'] }],
    ['is', { path: 'a', is: ['x'] }],
  ] as const)('what_an_open_map_hides_is_maybe: %s', (_, condition) => {
    expect(truthOf({}, [conditionOf(condition)], true)).toBe('maybe');
  });

  it('some_needs_one_value_for_which_all_hold', () => {
    const rule = (action: Value, from: string): Value =>
      map(
        new Map([
          ['action', { place: written, value: action }],
          ['from', { place: written, value: scalar(from, written) }],
        ]),
        written,
      );
    const condition: Condition = {
      some: 'rules',
      having: [
        { path: 'action', is: ['allow'] },
        { path: 'from', is: ['all'] },
      ],
    };
    const truth = (...rules: readonly Value[]): string => truthOf({ rules: list(rules, written) }, [condition]);
    expect(truth(rule(scalar('allow', written), 'all'))).toBe('yes');
    expect(truth(rule(scalar('allow', written), 'one'), rule(scalar('deny', written), 'all'))).toBe('no');
    expect(truth(rule(dark, 'all'))).toBe('maybe');
    expect(truth(rule(dark, 'one'))).toBe('no');
    expect(truth(dark)).toBe('maybe');
    expect(truthOf({ rules: list([], written, true) }, [condition])).toBe('maybe');
  });

  it('a_path_may_start_at_what_surrounds_the_subject', () => {
    expect(truthOf({}, [{ path: '$pod.host', is: [true] }])).toBe('yes');
    expect(truthOf({}, [{ path: '$job.host', is: [true] }])).toBe('no');
  });
});

// The cases are constants, whose lists are read-only; a rule's are not.
function conditionOf({ path, ...rest }: { readonly path: string; readonly [key: string]: unknown }): Condition {
  return { path, ...structuredClone(rest) };
}
