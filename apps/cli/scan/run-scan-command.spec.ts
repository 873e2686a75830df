import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { sarifLog } from '@lib/engine/sarif';
import { localSandbox } from '@lib/platform/sandbox';
import { testFolder, testRuntime } from '../../../sandbox/escape/test-runtime.ts';
import { packed, tarOf } from '../../../sandbox/unpack/testing/build-tar.ts';
import { runScanCommand } from './run-scan-command.ts';
import type { ScanTerminal } from './scan-source.ts';

const folder = testFolder();
const checkout = folder.path;
const temporary = join(folder.path, 'tmp');
const before = process.env['TMPDIR'];
beforeAll(async () => {
  mkdirSync(join(checkout, 'dist'));
  mkdirSync(temporary);
  renameSync(await testRuntime(folder.path, 'misbehaving-runner.ts'), join(checkout, 'dist', 'sandbox'));
  process.env['TMPDIR'] = temporary;
});
afterAll(() => {
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  folder.remove();
});

function source(behaviour: string, files: Readonly<Record<string, string>> = {}): string {
  const directory = mkdtempSync(join(folder.path, 'source-'));
  for (const [path, text] of Object.entries({ behaviour, ...files })) writeFileSync(join(directory, path), text);
  return directory;
}

async function scan(argv: readonly string[], more: Partial<ScanTerminal> = {}): Promise<{ code: number; out: string; errors: string }> {
  let out = '';
  let errors = '';
  const code = await runScanCommand([...argv, '--analyzers', 'sast,secrets'], {
    write: (text) => void (out += text),
    writeError: (text) => void (errors += text),
    isTty: false,
    noColor: false,
    checkout,
    sandbox: localSandbox({ runtimeDirectory: join(checkout, 'dist', 'sandbox'), stageInto: [join(folder.path, 'staged')] }),
    ...more,
  });
  return { code, out, errors };
}

const finding = 'one finding in every other file';

describe('aegis scan', () => {
  it('a_clean_folder_exits_0_and_says_what_was_covered_and_behind_which_walls', async () => {
    const { code, out, errors } = await scan([source('good')]);
    expect([code, errors]).toEqual([0, '']);
    expect(out).toMatch(
      /findings {2}no findings\ncoverage {2}1 files, 0 KiB; analysed: sast 1, secrets 1\nsandbox {3}unprivileged user, no new privileges, Landlock \d+, seccomp 2 stages/u,
    );
  });

  it('an_archive_is_analysed_like_the_folder_in_it', async () => {
    const file = join(folder.path, 'good.tar.gz');
    writeFileSync(
      file,
      packed(
        tarOf([
          { name: 'shop/behaviour', body: finding },
          { name: 'shop/a.ts', body: 'x' },
        ]),
        'tar.gz',
      ),
    );
    const { code, out, errors } = await scan([file]);
    expect([code, errors]).toEqual([1, '']);
    expect(out).toMatch(/HIGH \(1\)\n +a\.ts:1 +a finding/u);
  });

  it('a_hostile_archive_exits_2_with_its_code_and_the_name_made_visible', async () => {
    const file = join(folder.path, 'evil.tar');
    writeFileSync(file, tarOf([{ name: 'shop/../../\u001b[31mevil', body: 'x' }]));
    const { code, out, errors } = await scan([file]);
    expect([code, out]).toEqual([2, '']);
    expect(errors).toMatch(/^aegis: this archive is not safe to unpack: .*evil\.tar, at `.*` \(ingest\.archive_path_traversal\)\n$/u);
    expect(errors).not.toContain('\u001b');
  });

  it('a_file_that_is_no_archive_exits_2', async () => {
    const file = join(folder.path, 'notes.txt');
    writeFileSync(file, 'hello');
    expect(await scan([file])).toMatchObject({ code: 2, errors: expect.stringContaining('(ingest.archive_format_unknown)') as string });
  });

  it('a_finding_exits_1_and_is_shown_with_place_title_and_rule', async () => {
    const { code, out } = await scan([source(finding, { 'a.ts': 'x' })]);
    expect(code).toBe(1);
    expect(out).toMatch(/HIGH \(1\)\n +a\.ts:1 +a finding +js\/test/u);
  });

  it('what_a_comment_asks_to_ignore_counts_and_is_listed_and_counts_no_more_where_a_person_says_so', async () => {
    const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    const folderOf = (rest: string) => source(finding, { 'a.ts': `x // aegis:ignore js/test ${rest}` });
    const asks = folderOf(`until=${until} reason="of a test"`);
    const plain = await scan([asks]);
    expect(plain.code).toBe(1);
    expect(plain.out).toContain(`asked to be ignored\n   a.ts:1  js/test until ${until}: of a test`);
    const accepted = await scan([asks, '--accept-ignores']);
    expect([accepted.code, accepted.out]).toEqual([0, plain.out]);
    const late = await scan([folderOf('until=2020-01-01 reason="of a test"'), '--accept-ignores']);
    expect(late.code).toBe(1);
    expect(late.out).toContain('asks in vain to ignore\n   a.ts, line 1: js/test: ended on 2020-01-01');
    const { out } = await scan([asks, '--format', 'json']);
    expect(JSON.parse(out)).toMatchObject({ findings: [{ ignore: { reason: 'of a test', until, line: 1 } }] });
  });

  it('a_finding_below_the_threshold_exits_0', async () => {
    expect((await scan([source(finding, { 'a.ts': 'x' }), '--fail-on', 'critical'])).code).toBe(0);
  });

  it('an_incomplete_scan_exits_3_and_names_the_gap', async () => {
    const { code, out } = await scan([source('throw')]);
    expect(code).toBe(3);
    expect(out).toContain('INCOMPLETE: these were not covered\n   analyzer failed: the whole tree (sast): Error: broken');
  });

  it('findings_win_over_incompleteness_which_is_still_said', async () => {
    const { code, out } = await scan([source('too many findings in a file')]);
    expect(code).toBe(1);
    expect(out).toContain('limit reached: behaviour (sast)');
  });

  it('findings_below_the_threshold_of_an_incomplete_scan_exit_3', async () => {
    expect((await scan([source('too many findings in a file'), '--fail-on', 'critical'])).code).toBe(3);
  });

  it('endless_work_ends_at_the_wall_clock_and_exits_3', async () => {
    const { code, out } = await scan([source('findings then loop'), '--wall', '2', '--fail-on', 'critical']);
    expect(code).toBe(3);
    expect(out).toContain('INCOMPLETE (timed out)');
  });

  it('control_characters_and_direction_marks_in_names_are_made_visible', async () => {
    const { out } = await scan([source(finding, { 'a\u001b[2Jb\n\u202ec.ts': 'x' })], { isTty: true });
    expect(out).toContain('a\\u{1b}[2Jb\\u{a}\\u{202e}c.ts:1');
    expect(out.replaceAll(/\u001b\[[\d;]*m/gu, '')).not.toMatch(/[\u001b\u202e]/u);
  });

  it('colour_appears_on_a_terminal_only_and_not_when_refused', async () => {
    const directory = source(finding, { 'a.ts': 'x' });
    expect((await scan([directory])).out).not.toContain('\u001b');
    expect((await scan([directory], { isTty: true })).out).toContain('\u001b[');
    expect((await scan([directory], { isTty: true, noColor: true })).out).not.toContain('\u001b');
  });

  it('json_and_sarif_go_whole_to_a_file_and_the_gap_to_standard_error', async () => {
    const [json, sarif] = [join(folder.path, 'out.json'), join(folder.path, 'out.sarif')];
    const directory = source('too many findings in a file');
    const asJson = await scan([directory, '--format', 'json', '--output', json]);
    await scan([directory, '--format', 'sarif', '--output', sarif]);
    expect(asJson).toMatchObject({ code: 1, out: '' });
    expect(asJson.errors).toContain('limit reached: behaviour');
    const document = JSON.parse(readFileSync(json, 'utf8')) as { findings: unknown[]; coverage: { complete: boolean }; ending: string };
    expect([document.findings.length, document.coverage.complete, document.ending]).toEqual([500, false, 'finished']);
    const log = JSON.parse(readFileSync(sarif, 'utf8')) as ReturnType<typeof sarifLog>;
    expect(log.runs[0]?.results).toHaveLength(500);
    expect(log.runs[0]?.invocations[0]?.executionSuccessful).toBe(false);
    expect(log.runs[0]?.originalUriBaseIds?.SRCROOT.uri).toBe(`file://${directory}/`);
    expect(readdirSync(folder.path).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('an_output_that_cannot_be_written_exits_2_and_names_it', async () => {
    const { code, errors } = await scan([source('good'), '--output', join(folder.path, 'nowhere', 'out.txt')]);
    expect(code).toBe(2);
    expect(errors).toContain('cannot be written: ENOENT (output.unwritable)');
  });

  it.each([
    [['/nowhere/at/all'], 'there is no such folder'],
    [[], 'which folder or archive'],
    [['a', 'b'], 'one source at a time'],
    [['a', '--format', 'xml'], '--format is text, json or sarif'],
    [['a', '--fail-on', 'info'], '--fail-on is critical'],
    [['a', '--wall', 'soon'], '--wall needs seconds'],
    [['a', '--wall', '0'], '--wall needs seconds'],
    [['a', '--frmat', 'json'], 'Unknown option'],
  ])('%j_exits_2_and_says_why', async (argv, why) => {
    const { code, errors } = await scan(argv);
    expect(code).toBe(2);
    expect(errors).toContain(why);
  });

  it('missing_walls_exit_78_and_are_listed', async () => {
    const sandbox = localSandbox({
      runtimeDirectory: join(checkout, 'dist', 'sandbox'),
      landlock: 'off',
      bubblewrap: 'off',
      stageInto: [temporary],
    });
    const { code, errors, out } = await scan([source('good')], { sandbox });
    expect([code, out]).toEqual([78, '']);
    expect(errors).toContain('Landlock (Linux 5.13 or later) or bubblewrap');
  });

  it('a_sandbox_that_was_not_built_exits_3_and_says_so', async () => {
    const { code, errors } = await scan([source('good')], { sandbox: localSandbox({ runtimeDirectory: join(folder.path, 'elsewhere') }) });
    expect(code).toBe(3);
    expect(errors).toContain('the sandbox runtime is not built (sandbox.start_failed)');
  });

  it('an_interrupt_ends_the_scan_and_leaves_nothing_behind', async () => {
    const scanning = scan([source('loop')]);
    const started = () => readdirSync(temporary).some((name) => name.startsWith('aegis-scan-'));
    await expect.poll(started, { timeout: 30_000 }).toBe(true);
    process.emit('SIGINT');
    const { code } = await scanning;
    expect(code).toBe(3);
    expect(readdirSync(temporary).filter((name) => name.startsWith('aegis-scan-'))).toEqual([]);
  });
});
