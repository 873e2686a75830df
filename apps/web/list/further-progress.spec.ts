import type { ScanProgress } from '@lib/contract';
import { describe, expect, it } from 'vitest';
import { furtherProgress } from './further-progress.ts';

const base: ScanProgress = { stage: 'analyze', state: 'running', filesTotal: 10, filesDone: 4, findingCount: 2 };

describe('furtherProgress', () => {
  it.each([
    ['more files', { ...base, filesDone: 5 }],
    ['more findings', { ...base, findingCount: 3 }],
    ['a later stage', { ...base, stage: 'record', filesDone: 0 }],
    ['an end', { ...base, stage: 'analyze', state: 'failed', filesDone: 0 }],
  ] as const)('%s_wins_from_either_side', (_name, further) => {
    expect(furtherProgress(base, further)).toEqual(further);
    expect(furtherProgress(further, base)).toEqual(further);
  });

  it('nothing_to_compare_with_changes_nothing', () => {
    expect(furtherProgress(base, undefined)).toBe(base);
  });
});
