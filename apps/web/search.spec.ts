import { describe, expect, it } from 'vitest';
import { readSearch, writeSearch } from './search.ts';

describe('search', () => {
  it('every_text_comes_back_as_the_same_text', () => {
    for (const value of ['12', 'true', '"quoted"', 'a b&c=d', 'js/sql-injection', '%2F', '\u202e'])
      expect(readSearch(writeSearch({ path: value }))).toEqual({ path: value });
  });

  it('what_is_not_set_leaves_no_trace', () => {
    expect(writeSearch({ severity: undefined, path: '' })).toBe('');
    expect(writeSearch({ ruleId: 'js/xxe', f: undefined })).toBe('?ruleId=js/xxe');
  });
});
