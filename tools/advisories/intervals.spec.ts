import { describe, expect, it } from 'vitest';
import { complement, intervalOf, osvRanges } from './intervals.ts';

describe('intervalOf', () => {
  it.each([
    ['>= 1.2.3', { from: '1.2.3' }],
    ['> 1.2.3', { from: '1.2.4' }],
    ['<=1.2.3', { from: '0', through: '1.2.3' }],
    ['>= 1.0, < 2.0', { from: '1.0', below: '2.0' }],
    ['>=1.0.0 <2.0.0', { from: '1.0.0', below: '2.0.0' }],
    ['^0.3.1', { from: '0.3.1', below: '0.4' }],
    ['^1.3.1', { from: '1.3.1', below: '2' }],
    ['~> 2.0.9, >= 2.0.9.1', { from: '2.0.9.1', below: '2.1' }],
    ['~> 2.1', { from: '2.1', below: '3' }],
    ['1.2.x', { from: '1.2', below: '1.3' }],
    ['1.2.3', { from: '1.2.3', through: '1.2.3' }],
    ['*', { from: '0' }],
  ])('%s', (text, expected) => {
    expect(intervalOf(text, 'RubyGems')).toEqual(expected);
  });

  it('what_is_of_another_form_is_not_guessed', () => {
    expect(intervalOf('Newer versions are affected', 'RubyGems')).toBeUndefined();
    expect(intervalOf('', 'npm')).toBeUndefined();
  });
});

describe('complement', () => {
  it('what_is_not_patched_is_affected_line_by_line', () => {
    const patched = ['~> 2.0.9, >= 2.0.9.1', '~> 2.1.4, >= 2.1.4.1', '>= 2.2.3.1'].map((text) => intervalOf(text, 'RubyGems')!);
    expect(complement(patched, 'RubyGems')).toEqual([
      { from: '0', below: '2.0.9.1' },
      { from: '2.1', below: '2.1.4.1' },
      { from: '2.2', below: '2.2.3.1' },
    ]);
    expect(complement([], 'RubyGems')).toEqual([{ from: '0' }]);
  });

  it('an_interval_becomes_the_events_of_one_range', () => {
    expect(
      osvRanges([
        { from: '1', below: '2' },
        { from: '3', through: '4' },
      ]),
    ).toEqual([
      { type: 'ECOSYSTEM', events: [{ introduced: '1' }, { fixed: '2' }] },
      { type: 'ECOSYSTEM', events: [{ introduced: '3' }, { last_affected: '4' }] },
    ]);
  });
});
