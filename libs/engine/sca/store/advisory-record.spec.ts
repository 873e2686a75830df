import { describe, expect, it } from 'vitest';
import { affectedBy, advisoryRecordSchema, type RangeEvent } from './advisory-record.ts';

const record = (...ranges: RangeEvent[][]) => advisoryRecordSchema.parse({ id: 'A', summary: 'a', ranges });
const isAffected = (version: string, ...ranges: RangeEvent[][]) =>
  affectedBy(record(...ranges), { ecosystem: 'npm', version }) !== undefined;

describe('affectedBy', () => {
  it('a_range_holds_its_first_version_and_not_the_fixed_one', () => {
    const range = [{ introduced: '1.2.0' }, { fixed: '1.4.0' }];
    expect(['1.1.9', '1.2.0', '1.3.9', '1.4.0', '2.0.0'].map((version) => isAffected(version, range))).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
  });

  it('a_range_holds_its_last_affected_version', () => {
    const range = [{ introduced: '0' }, { last_affected: '1.4.0' }];
    expect(['0.0.1', '1.4.0', '1.4.1'].map((version) => isAffected(version, range))).toEqual([true, true, false]);
  });

  it('several_lines_of_one_range_and_an_open_end', () => {
    const range = [{ introduced: '0' }, { fixed: '1.0.1' }, { introduced: '2.0.0' }, { fixed: '2.0.5' }, { introduced: '3.0.0' }];
    expect(['1.0.0', '1.0.1', '2.0.0', '2.0.5', '3.1.0'].map((version) => isAffected(version, range))).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  it('an_end_that_is_no_version_affects_nobody', () => {
    expect(isAffected('9.0.0', [{ introduced: '0' }, { fixed: 'next major' }])).toBe(false);
  });

  it('what_is_no_version_is_not_affected_by_a_range', () => {
    expect(isAffected('file:../a', [{ introduced: '0' }])).toBe(false);
  });

  it('a_listed_version_is_affected_however_it_is_written', () => {
    const listed = advisoryRecordSchema.parse({ id: 'A', summary: 'a', versions: ['1.0'] });
    expect(affectedBy(listed, { ecosystem: 'PyPI', version: '1.0.0' })).toEqual({ fixes: [] });
    expect(affectedBy(listed, { ecosystem: 'PyPI', version: '1.0.1' })).toBeUndefined();
  });
});
