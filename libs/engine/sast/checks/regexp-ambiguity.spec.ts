import { describe, expect, it } from 'vitest';
import { ambiguityOf } from './regexp-ambiguity.ts';

const bounds = { positionsMax: 160, pairsMax: 200_000 };

function isExponential(pattern: string, flags: string, given: typeof bounds): boolean {
  return ambiguityOf(pattern, flags, given) === 'exponential';
}

describe('ambiguityOf', () => {
  it.each([
    ['^(a+)+$', ''],
    ['^(a*)*$', ''],
    ['(a+)+b', ''],
    ['^(a|a)*$', ''],
    ['^(a|[ab])*$', ''],
    ['^(\\w|\\d)+$', ''],
    ['^(?:[a-z]|A)*$', 'i'],
    ['^([a-z]+)*$', ''],
    ['(x+x+)+y', ''],
    ['^(a?b?)*$', ''],
    ['^(\\s*\\w*)*;', ''],
    ['^(?:.*,)*x$', ''],
    ['^([a-zA-Z0-9]+\\.?)+@', ''],
    ['^(?<word>\\w+\\s?)*$', ''],
    ['^((a{1,3}){2,})*$', ''],
    ['(?=(a+)+b)x|^(a+)+$', ''],
  ])('%s_with_flags_"%s"_takes_exponential_time', (pattern, flags) => {
    expect(isExponential(pattern, flags, bounds)).toBe(true);
  });

  it.each([
    ['^a+$', ''],
    ['^(a|b)*$', ''],
    ['^(?:[a-z]|A)*$', ''],
    ['(ab)+$', ''],
    ['^([a-z]{2})*$', ''],
    ['^\\d{1,3}(\\.\\d{1,3}){3}$', ''],
    ['^[a-z0-9]+(?:-[a-z0-9]+)*$', ''],
    ['^\\s+|\\s+$', 'g'],
    ['(a+)+', ''],
    ['[^"]*"(?:[^"\\\\]|\\\\.)*"', ''],
    ['^(?:"[^"]*"|[^",]*)(?:,(?:"[^"]*"|[^",]*))*$', ''],
    ['(', ''],
  ])('%s_with_flags_"%s"_does_not', (pattern, flags) => {
    expect(isExponential(pattern, flags, bounds)).toBe(false);
  });

  it.each([
    ['\\s+$', ''],
    ['^\\s+|\\s+$', 'g'],
    ['^(.*),(.*)$', ''],
    ['^\\s*.*x', ''],
    ['\\d+px', ''],
    ['<!--.*-->', ''],
    ['^a*b?a*$', ''],
  ])('%s_with_flags_"%s"_takes_polynomial_time', (pattern, flags) => {
    expect(ambiguityOf(pattern, flags, bounds)).toBe('polynomial');
  });

  it.each([
    ['^\\s+', ''],
    ['\\s+', 'g'],
    ['^[a-z]+=\\d+$', ''],
    ['^\\d{4}-\\d{2}$', ''],
    ['\\s+$', 'y'],
    ['[a-z]x$', ''],
    ['^a*b+a*$', ''],
  ])('%s_with_flags_"%s"_takes_linear_time', (pattern, flags) => {
    expect(ambiguityOf(pattern, flags, bounds)).toBeUndefined();
  });

  it('tells_choices_that_overlap_over_several_characters_from_those_that_do_not', () => {
    expect(isExponential('^(a|aa)+$', '', bounds)).toBe(true);
    expect(isExponential('^(a|aab)+$', '', bounds)).toBe(false);
  });

  it('gives_up_on_an_expression_that_is_too_large', () => {
    expect(isExponential(`^${'a'.repeat(500)}(b+)+$`, '', bounds)).toBe(false);
  });
});
