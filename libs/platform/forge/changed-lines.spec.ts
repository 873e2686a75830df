import { describe, expect, it } from 'vitest';
import { changedLines } from './changed-lines.ts';

describe('changedLines', () => {
  it('names_added_and_altered_lines_of_the_new_side_as_runs', () => {
    const patch = '@@ -1,3 +1,4 @@ head\n one\n-two\n+TWO\n+three\n four\n@@ -10 +20,2 @@\n+twenty\n line\n\\ No newline at end of file';
    expect(changedLines(patch)).toEqual([
      [2, 3],
      [20, 20],
    ]);
  });

  it('a_deletion_leaves_no_line', () => {
    expect(changedLines('@@ -1,2 +1,1 @@\n-gone\n kept')).toEqual([]);
  });
});
