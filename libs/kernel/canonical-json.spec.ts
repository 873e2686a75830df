import { expect, it } from 'vitest';
import { fc } from '../../tools/testing/seeded-fast-check.ts';
import { canonicalJson, type Json } from './index.ts';

/** The form as RFC 8785 says it, written out a second time and in the plainest way. */
function plainly(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => plainly(item)).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${plainly(member)}`).join(',')}}`;
}

const key = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'constructor', 'toJSON', '', '0', '1', '10', '2', '01', '-1', '1a'),
);
const value = fc.letrec<{ any: Json }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any')),
    fc.dictionary(key, tie('any'), { noNullPrototype: true }),
  ),
})).any;

it('any_value_is_rendered_as_the_rfc_says_whatever_its_members_are_called', () => {
  fc.assert(fc.property(value, (any) => canonicalJson(any) === plainly(any)));
});

it('members_called_by_numbers_or_after_what_objects_inherit_from_stand_in_their_order_too', () => {
  const text = '{"10":1,"2":{"__proto__":[{"b":1,"a":{"9":0,"10":0}}]},"a":null}';
  expect(canonicalJson(JSON.parse(text) as Json)).toBe('{"10":1,"2":{"__proto__":[{"a":{"10":0,"9":0},"b":1}]},"a":null}');
});

// Source: RFC 8785, section 3.2.3
it('order_is_that_of_utf_16_code_units', () => {
  const members = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 };
  expect(canonicalJson(members)).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}');
});

it('members_without_a_value_are_left_out', () => {
  expect(canonicalJson({ b: undefined, a: { c: undefined } })).toBe('{"a":{}}');
  expect(canonicalJson({ b: undefined, 1: { c: undefined } })).toBe('{"1":{}}');
});
