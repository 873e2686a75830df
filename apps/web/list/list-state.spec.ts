import { describe, expect, it } from 'vitest';
import { listState, type ListFacts } from './list-state.ts';

const quiet: ListFacts = { loading: false, failed: false, rows: 0, filtered: false, repositories: 1, finishedScans: 1 };

describe('listState', () => {
  it.each([
    ['rows', { rows: 3, failed: true }],
    ['error', { failed: true, loading: true }],
    ['loading', { loading: true }],
    ['loading', { repositories: undefined }],
    ['no_match', { filtered: true, repositories: 0 }],
    ['not_connected', { repositories: 0, finishedScans: 0 }],
    ['scan_pending', { finishedScans: 0 }],
    ['all_clear', {}],
  ] as const)('%s', (state, change) => {
    expect(listState({ ...quiet, ...change })).toBe(state);
  });

  it('all_clear_is_never_said_after_an_error_under_a_filter_or_before_a_scan_has_ended', () => {
    for (const failed of [true, false])
      for (const filtered of [true, false])
        for (const finishedScans of [undefined, 0, 2]) {
          const state = listState({ ...quiet, failed, filtered, finishedScans });
          if (state === 'all_clear')
            expect({ failed, filtered, finishedScans }).toEqual({ failed: false, filtered: false, finishedScans: 2 });
        }
  });
});
