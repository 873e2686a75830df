import type { AnalyzerName } from '@lib/contract';
import { describe, expect, it } from 'vitest';
import { trackProgress, type Progress } from './track-progress.ts';

const message = (analyzer: AnalyzerName, [filesDone, filesTotal]: readonly [number, number], findingCount = 0) =>
  ({ type: 'progress', analyzer, filesDone, filesTotal, findingCount }) as const;

function follow(stepMs: number) {
  let nowMs = 1_000;
  const sent: Progress[] = [];
  const clock = { nowMs: () => (nowMs += stepMs) };
  const send = (progress: Progress): Promise<void> => Promise.resolve(void sent.push(progress));
  return { tracker: trackProgress({ clock, filesInTree: 100, analyzers: ['sast', 'secrets'], send }), sent };
}

describe('trackProgress', () => {
  it('only_grows_and_never_passes_the_files_of_the_tree', async () => {
    const { tracker, sent } = follow(500);
    for (const done of [0, 10, 20]) await tracker.report(message('sast', [done, 20]));
    for (const done of [0, 50, 90]) await tracker.report(message('secrets', [done, 90]));
    const counts = sent.map((progress) => progress.filesDone);
    expect(counts).toEqual([0, 25, 50, 50, 77, 100]);
    expect(tracker.total()).toEqual({ filesDone: 100, filesTotal: 100, findingCount: 0 });
  });

  it('reports_at_most_five_times_a_second_and_adds_the_findings_of_all_analyzers', async () => {
    const { tracker, sent } = follow(50);
    for (let done = 1; done <= 20; done++) await tracker.report(message('sast', [done, 20], done));
    await tracker.report(message('secrets', [1, 1], 7));
    expect(sent.length).toBeLessThanOrEqual(6);
    expect(tracker.total().findingCount).toBe(27);
  });

  it('an_analyzer_that_was_not_asked_for_is_not_counted', async () => {
    const { tracker, sent } = follow(500);
    await tracker.report(message('iac', [5, 5], 3));
    expect(sent).toEqual([]);
    expect(tracker.total().findingCount).toBe(0);
  });
});
