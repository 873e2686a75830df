import { appendFileSync, chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits, type SandboxMessage } from '@lib/contract';
import { certify, localSandbox, type LocalSandboxOptions, type SandboxOutcome, type SandboxRequest } from '@lib/platform/sandbox';
import { testFolder, testRuntime, testTree } from './test-runtime.ts';

const folder = testFolder();
let runtimeDirectory = '';
beforeAll(async () => {
  runtimeDirectory = await testRuntime(folder.path, 'misbehaving-runner.ts');
});
afterAll(() => folder.remove());

type Ran = { readonly outcome: SandboxOutcome; readonly messages: readonly SandboxMessage[] };

async function run(
  behaviour: string,
  more: Partial<SandboxRequest> & { readonly options?: Partial<LocalSandboxOptions>; readonly files?: Record<string, string> } = {},
): Promise<Ran> {
  const { options, files, ...request } = more;
  const messages: SandboxMessage[] = [];
  const sandbox = localSandbox({ runtimeDirectory, stageInto: [`${folder.path}/staged`], killGraceMs: 300, ...options });
  const result = await sandbox.run(
    { treeDirectory: testTree(folder.path, { behaviour, ...files }), analyzers: ['sast', 'secrets'], wallMs: 60_000, ...request },
    (message) => void messages.push(message),
  );
  if (!result.ok) throw new Error(result.error.missing.join('; '));
  return { outcome: result.value, messages };
}

describe('a run in the sandbox', () => {
  it('a_quiet_run_finishes_behind_every_wall_of_this_machine', async () => {
    const { outcome, messages } = await run('good');
    expect(outcome).toMatchObject({ ending: 'finished', coverage: [], stderrBytes: 0 });
    expect(outcome.layers).toMatchObject({
      launcher: 'native',
      noNewPrivileges: true,
      seccompStage1: true,
      seccompStage2: true,
      unprivilegedUser: true,
    });
    expect(messages[0]).toMatchObject({ type: 'locked' });
    expect(messages.at(-1)).toEqual({ type: 'end' });
    expect(outcome.runs.map((entry) => [entry.analyzer, entry.filesAnalyzed, entry.finished])).toEqual([
      ['sast', 1, true],
      ['secrets', 1, true],
    ]);
  });

  it('endless_work_ends_by_sigterm_at_the_wall_clock', async () => {
    const { outcome } = await run('loop', { wallMs: 1500 });
    expect(outcome).toMatchObject({ ending: 'timed_out' });
    expect(outcome.detail).not.toContain('SIGKILL');
  });

  it('work_that_ignores_sigterm_ends_by_sigkill_after_the_grace', async () => {
    const { outcome } = await run('loop that ignores SIGTERM', { wallMs: 1500, options: { bubblewrap: 'off' } });
    expect(outcome).toMatchObject({ ending: 'timed_out', detail: 'SIGKILL' });
  });

  it('a_cancelled_run_ends_and_keeps_what_was_found', async () => {
    const controller = new AbortController();
    const messages: SandboxMessage[] = [];
    const result = await localSandbox({ runtimeDirectory, stageInto: [`${folder.path}/staged`], killGraceMs: 300 }).run(
      {
        treeDirectory: testTree(folder.path, { behaviour: 'findings then loop' }),
        analyzers: ['sast'],
        wallMs: 60_000,
        signal: controller.signal,
      },
      (message) => {
        messages.push(message);
        if (messages.filter((entry) => entry.type === 'finding').length === 10) controller.abort();
      },
    );
    expect(result).toMatchObject({ ok: true, value: { ending: 'cancelled', findingCount: 10, runs: [] } });
  });

  it.each([
    ['flood without an end of line', 'line too long'],
    ['garbage', 'a line that fits no message'],
    ['not utf-8', 'not utf8'],
    ['a forged analyzer', 'a finding of an analyzer that was not asked'],
    ['a line after the end', 'a line after the end'],
    ['a second lock', 'a refusal after the lock'],
  ])('%s_ends_the_run_as_a_broken_protocol', async (behaviour, detail) => {
    expect((await run(behaviour)).outcome).toMatchObject({ ending: 'protocol_error', detail });
  });

  it('a_flood_of_standard_error_is_counted_and_dropped', async () => {
    const { outcome } = await run('flood of standard error');
    expect(outcome).toMatchObject({ ending: 'finished', coverage: [] });
    expect(outcome.stderrBytes).toBeGreaterThan(3 * 1024 * 1024);
  });

  it.each(['exit 3', 'exit 0'])('%s_in_the_middle_is_a_crash_never_a_finish', async (behaviour) => {
    expect((await run(behaviour)).outcome).toMatchObject({ ending: 'crashed', detail: behaviour.replace('exit', 'exit code') });
  });

  it.each([
    ['raw ptrace', 'auto'],
    ['raw ptrace', 'off'],
    ['raw setuid', 'off'],
  ] as const)('%s_with_bubblewrap_%s_is_an_escape_attempt', async (behaviour, bubblewrap) => {
    expect((await run(behaviour, { options: { bubblewrap } })).outcome).toMatchObject({ ending: 'escape_attempt', detail: 'SIGSYS' });
  });

  it('a_heap_without_end_ends_itself_and_not_the_machine', async () => {
    expect((await run('heap without end', { options: { heapMib: 128 } })).outcome.ending).toBe('crashed');
  });

  it('memory_outside_the_heap_is_bounded_too_and_costs_only_its_analyzer', async () => {
    const { outcome } = await run('buffers without end');
    expect(outcome.ending).toBe('finished');
    expect(outcome.coverageCounts).toEqual({ analyzer_failed: 1 });
    expect(outcome.runs.map((entry) => entry.finished)).toEqual([false, true]);
  });

  it('an_analyzer_that_throws_or_cannot_load_costs_itself_and_the_others_go_on', async () => {
    const { outcome } = await run('throw', { analyzers: ['sast', 'secrets', 'sca'] });
    expect(outcome.ending).toBe('finished');
    expect(outcome.coverage).toEqual([
      { path: '.', reason: 'analyzer_failed', analyzer: 'sast', detail: 'Error: broken  on this input' },
      { path: '.', reason: 'analyzer_failed', analyzer: 'sca', detail: 'Error: no grammar' },
    ]);
    expect(outcome.runs.map((entry) => [entry.analyzer, entry.finished])).toEqual([
      ['sast', false],
      ['secrets', true],
      ['sca', false],
    ]);
  });

  it('findings_past_the_bound_of_a_file_are_dropped_and_said', async () => {
    const { outcome } = await run('too many findings in a file');
    expect(outcome.findingCount).toBe(limits.findingsPerFileMax);
    expect(outcome.coverageCounts).toEqual({ limit_reached: 1 });
  });

  it('a_finding_that_fits_no_schema_is_dropped_and_said_and_the_next_one_counts', async () => {
    const { outcome } = await run('a finding that fits no schema');
    expect(outcome).toMatchObject({ ending: 'finished', findingCount: 1, coverageCounts: { analyzer_failed: 1 } });
  });

  it('a_file_past_the_parsers_bound_is_withheld_and_said_once_an_analyzer', async () => {
    const { outcome } = await run('good', { files: { 'big.ts': 'x'.repeat(limits.sourceFileBytesMax + 1), 'small.ts': 'x' } });
    expect(outcome.coverageCounts).toEqual({ too_large: 2 });
    expect(outcome.runs[0]).toMatchObject({ filesWanted: 3, filesAnalyzed: 2 });
  });

  it('a_reader_that_fails_ends_the_sandbox_and_its_own_error_comes_out', async () => {
    const sandbox = localSandbox({ runtimeDirectory, stageInto: [`${folder.path}/staged`] });
    const request = { treeDirectory: testTree(folder.path, { behaviour: 'loop' }), analyzers: ['sast'] as const, wallMs: 60_000 };
    await expect(sandbox.run(request, () => Promise.reject(new Error('disk full')))).rejects.toThrow('disk full');
  });

  it('without_landlock_and_bubblewrap_nothing_runs_and_the_missing_is_named', async () => {
    const sandbox = localSandbox({ runtimeDirectory, stageInto: [`${folder.path}/staged`], landlock: 'off', bubblewrap: 'off' });
    const messages: SandboxMessage[] = [];
    const result = await sandbox.run(
      { treeDirectory: testTree(folder.path, { behaviour: 'good' }), analyzers: ['sast'], wallMs: 60_000 },
      (message) => void messages.push(message),
    );
    expect(result).toMatchObject({ ok: false, error: { code: 'sandbox.layers_missing' } });
    expect(result.ok ? [] : result.error.missing).toContain('Landlock (Linux 5.13 or later) or bubblewrap');
    expect(messages).toEqual([]);
  });

  it('a_tree_below_a_closed_folder_is_analysed_all_the_same_and_stays_closed_afterwards', async () => {
    const closed = `${folder.path}/closed`;
    mkdirSync(closed, { mode: 0o700, recursive: true });
    const treeDirectory = testTree(closed, { behaviour: 'good' });
    expect((await run('good', { treeDirectory })).outcome).toMatchObject({ ending: 'finished', coverage: [] });
    expect(statSync(treeDirectory).mode & 0o777).toBe(0o700);
    expect(statSync(treeDirectory).uid).toBe(process.getuid?.());
  });

  it('a_lent_tree_comes_back_to_us_after_the_run', async () => {
    const treeDirectory = testTree(folder.path, { behaviour: 'good' });
    await run('good', { treeDirectory });
    expect([statSync(treeDirectory).mode & 0o777, statSync(treeDirectory).uid]).toEqual([0o700, process.getuid?.()]);
  });

  it('parallel_starts_share_one_staged_runtime_that_only_we_may_write', async () => {
    const stage = `${folder.path}/parallel`;
    const runs = await Promise.all(Array.from({ length: 4 }, () => run('good', { options: { stageInto: [stage] } })));
    expect(runs.map((entry) => entry.outcome.ending)).toEqual(['finished', 'finished', 'finished', 'finished']);
    if (process.getuid?.() !== 0) return; // an ordinary user runs in place
    expect(readdirSync(stage)).toHaveLength(1);
    expect(statSync(`${stage}/${readdirSync(stage)[0] ?? ''}`).mode & 0o777).toBe(0o755);
  });

  it('a_staged_runtime_that_was_altered_is_replaced_and_one_long_unused_is_removed', async () => {
    if (process.getuid?.() !== 0) return;
    const stage = `${folder.path}/renewed`;
    await run('good', { options: { stageInto: [stage] } });
    const staged = `${stage}/${readdirSync(stage)[0] ?? ''}`;
    appendFileSync(`${staged}/runner.mjs`, '\nprocess.exit(7);');
    const unused = `${stage}/runtime-${'0'.repeat(32)}`;
    mkdirSync(unused, { mode: 0o755 });
    utimesSync(unused, 1, 1);
    mkdirSync(`${stage}/somebody-elses`);
    utimesSync(`${stage}/somebody-elses`, 1, 1);
    expect((await run('good', { options: { stageInto: [stage] } })).outcome.ending).toBe('finished');
    expect(readFileSync(`${staged}/runner.mjs`, 'utf8')).not.toContain('process.exit(7)');
    expect(readdirSync(stage).toSorted()).toEqual([basename(staged), 'somebody-elses'].toSorted());
  });

  it('staged_runtimes_share_what_they_have_in_common_and_none_takes_what_was_altered', async () => {
    if (process.getuid?.() !== 0) return;
    const stage = `${folder.path}/shared`;
    await run('good', { options: { stageInto: [stage] } });
    const [first = ''] = readdirSync(stage);
    appendFileSync(`${stage}/${first}/launch`, 'altered');
    const other = await testRuntime(folder.path, 'probe-runner.ts');
    // it is staged, and then lacks what it would probe with
    await expect(run('good', { options: { stageInto: [stage], runtimeDirectory: other } })).rejects.toThrow('sandbox.start_failed');
    const second = readdirSync(stage).find((name) => name !== first) ?? '';
    const inode = (name: string, path: string): number => statSync(`${stage}/${name}/${path}`).ino;
    expect(inode(second, 'node')).toBe(inode(first, 'node'));
    expect(inode(second, 'runner.mjs')).not.toBe(inode(first, 'runner.mjs'));
    expect(inode(second, 'launch')).not.toBe(inode(first, 'launch'));
  });

  it('a_staging_folder_that_others_may_write_or_that_is_a_link_is_not_used', async () => {
    if (process.getuid?.() !== 0) return;
    const [open, link, safe] = [`${folder.path}/open`, `${folder.path}/link`, `${folder.path}/safe`];
    mkdirSync(open);
    chmodSync(open, 0o777);
    symlinkSync(open, link);
    expect((await run('good', { options: { stageInto: [open, link, safe] } })).outcome.ending).toBe('finished');
    expect([readdirSync(open), readdirSync(safe).length]).toEqual([[], 1]);
  });

  it('a_runtime_that_was_altered_is_never_started', async () => {
    const altered = await testRuntime(folder.path, 'misbehaving-runner.ts');
    appendFileSync(`${altered}/runner.mjs`, '\n// altered');
    const sandbox = localSandbox({ runtimeDirectory: altered, stageInto: [`${folder.path}/altered-stage`] });
    const request = { treeDirectory: testTree(folder.path, { behaviour: 'good' }), analyzers: ['sast'] as const, wallMs: 60_000 };
    if (process.getuid?.() === 0) await expect(sandbox.run(request, () => undefined)).rejects.toThrow('sandbox.start_failed');
    runtimeDirectory = await testRuntime(folder.path, 'misbehaving-runner.ts');
  });
});

describe('certify', () => {
  const tree = { files: 1, bytes: 1, sha256: 'a'.repeat(64), coverage: [], coverageCounts: {} };

  it('a_finished_run_with_nothing_left_out_is_complete', async () => {
    expect(certify(tree, ['sast', 'secrets'], (await run('good')).outcome)).toMatchObject({ complete: true, counts: {} });
  });

  it('an_end_forged_by_hostile_code_does_not_make_a_scan_complete', async () => {
    const { outcome } = await run('a forged end');
    expect(certify(tree, ['sast', 'secrets'], outcome).complete).toBe(false);
  });

  it('an_asked_analyzer_without_a_run_makes_the_scan_incomplete_and_is_named', async () => {
    const { outcome } = await run('loop', { wallMs: 1500 });
    const certificate = certify(tree, ['sast', 'secrets'], outcome);
    expect(certificate).toMatchObject({ complete: false, counts: { timed_out: 2 } });
    expect(certificate.entries.map((entry) => entry.analyzer)).toEqual(['sast', 'secrets']);
  });

  it('benign_leave_outs_of_ingest_keep_it_complete_and_others_do_not', async () => {
    const { outcome } = await run('good');
    const benign = certify({ ...tree, coverageCounts: { symlink_dropped: 3, left_out: 1 } }, ['sast', 'secrets'], outcome);
    expect(benign).toMatchObject({ complete: true, counts: { symlink_dropped: 3, left_out: 1 } });
    expect(certify({ ...tree, coverageCounts: { unreadable: 1 } }, ['sast', 'secrets'], outcome).complete).toBe(false);
  });
});
