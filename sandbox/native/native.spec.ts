import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, closeSync, copyFileSync, mkdtempSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { localSandbox } from '@lib/platform/sandbox';
import { buildNative, nativeArchitectures, toolchainOf } from '../../tools/build/build-native.ts';
import { requirePeer } from '../../tools/testing/require-peer.ts';
import { testFolder, testRuntime, testTree } from '../escape/test-runtime.ts';

const prebuilt = join(import.meta.dirname, 'prebuilt');
const record = z
  .strictObject({ toolchains: z.record(z.string(), z.string()), files: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(prebuilt, 'prebuilt.json'), 'utf8')));
const sha256Of = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

const folder = testFolder();
afterAll(() => folder.remove());
const gcc = requirePeer('gcc', 'package gcc: that the committed launcher is what its source says');

describe('the committed programs', () => {
  it('are_those_on_record', () => {
    const found = Object.keys(record.files).map((path) => [path, sha256Of(join(prebuilt, path))]);
    expect(Object.fromEntries(found)).toEqual(record.files);
    expect(found).toHaveLength(6);
  });

  it('are_small_and_need_no_library', () => {
    for (const path of Object.keys(record.files).filter((name) => name.startsWith('linux-x64/'))) {
      const bytes = readFileSync(join(prebuilt, path));
      expect(bytes.byteLength).toBeLessThan(20 * 1024);
      expect(bytes.includes('libc.so')).toBe(false);
      expect(bytes.includes('ld-linux')).toBe(false);
    }
  });

  it('the_addon_offers_its_five_operations_and_no_other_way_into_the_kernel', () => {
    const list = `const m = { exports: {} }; process.dlopen(m, ${JSON.stringify(join(prebuilt, `linux-${process.arch}`, 'lockdown.node'))});
      process.stdout.write(Object.keys(m.exports).join())`;
    expect(execFileSync(process.execPath, ['-e', list], { encoding: 'utf8' })).toBe(
      'setUndumpable,installFilter,tryRing,trySocket,tryProcess',
    );
  });
});

describe.runIf(gcc !== undefined)('a rebuild', () => {
  it.each(nativeArchitectures)('of_%s_with_the_compiler_on_record_gives_the_same_bytes', (architecture) => {
    const toolchain = toolchainOf(architecture);
    if (toolchain !== record.toolchains[architecture]) return; // another compiler makes other bytes; the next test then says what they do
    const out = join(folder.path, architecture);
    for (const name of buildNative(architecture, out))
      expect(sha256Of(join(out, name))).toBe(record.files[`linux-${architecture}/${name}`]);
  });

  it('with_any_compiler_puts_up_the_same_walls', async () => {
    const runtimeDirectory = await testRuntime(folder.path, 'misbehaving-runner.ts');
    const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
    const names = buildNative(architecture, join(folder.path, 'rebuilt'));
    for (const name of names) copyFileSync(join(folder.path, 'rebuilt', name), join(runtimeDirectory, name));
    const manifest = z
      .looseObject({ files: z.array(z.object({ path: z.string(), sha256: z.string() })) })
      .parse(JSON.parse(readFileSync(join(runtimeDirectory, 'runtime.json'), 'utf8')));
    const files = manifest.files.map((file) => ({ ...file, sha256: sha256Of(join(runtimeDirectory, file.path)) }));
    writeFileSync(join(runtimeDirectory, 'runtime.json'), JSON.stringify({ ...manifest, files }));
    const sandbox = localSandbox({ runtimeDirectory, stageInto: [join(folder.path, 'staged')] });
    const request = { treeDirectory: testTree(folder.path, { behaviour: 'good' }), analyzers: ['sast'] as const, wallMs: 60_000 };
    expect(await sandbox.run(request, () => undefined)).toMatchObject({
      ok: true,
      value: { ending: 'finished', layers: { launcher: 'native' } },
    });
  }, 120_000);
});

describe('the launcher', () => {
  const launch = join(folder.path, 'launch');
  const filter = join(folder.path, 'allow.bpf');
  const ordinaryUid = 61_235;
  const isRoot = process.getuid?.() === 0;
  const who = isRoot ? { uid: ordinaryUid, gid: ordinaryUid } : {};

  beforeAll(() => {
    copyFileSync(join(prebuilt, `linux-${process.arch}`, 'launch'), launch);
    chmodSync(launch, 0o755);
    writeFileSync(filter, new Uint8Array([6, 0, 0, 0, 0, 0, 0xff, 0x7f])); // return ALLOW
    chmodSync(filter, 0o644);
  });

  type Launched = { readonly status: number | null; readonly said: string; readonly out: string };

  function run(given: readonly string[], as: { readonly uid?: number; readonly gid?: number } = who): Launched {
    const { status, output, stdout } = spawnSync(launch, given, {
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
      env: { LD_PRELOAD: '/nowhere.so', NODE_OPTIONS: '--inspect', SECRET: 'x' },
      cwd: '/',
      encoding: 'utf8',
      ...as,
    });
    return { status, said: String(output[3]), out: stdout };
  }

  const base = ['--parent', String(process.pid), '--landlock', '0', '--filter', filter];
  const everything = ['--run', '/usr', '--run-try', '/lib', '--run-try', '/lib64', '--run-try', '/bin', '--read-try', '/proc'];
  const shell = (script: string): readonly string[] => [...base, ...everything, '--', '/bin/sh', '-c', script];

  it.each([
    ['no program', base],
    ['no program', [...base, '--']],
    ['no parent named', ['--filter', '/nothing', '--', '/bin/true']],
    ['no filter named', ['--parent', '0', '--', '/bin/true']],
    ['an option that it does not know', [...base, '--write', '/', '--', '/bin/true']],
    ['an option without its value', ['--parent']],
    ['an option without its value', ['--limit', '0', '1']],
    ['not a number', ['--parent', '-1', '--', '/bin/true']],
    ['not a number', ['--parent', '0x1', '--', '/bin/true']],
    ['not a number', ['--parent', '9999999999999999999999', '--', '/bin/true']],
    ['an empty number', ['--parent', '', '--', '/bin/true']],
    ['too many limits', [...base, ...Array.from({ length: 17 }, () => ['--limit', '4', '0', '0']).flat(), '--', '/bin/true']],
    ['too many arguments', [...base, ...Array.from({ length: 200 }, () => ['--read-try', '/x']).flat(), '--', '/bin/true']],
    ['the supervisor ended before it started', ['--parent', '1', '--filter', '/x', '--', '/bin/true']],
    ['the filter: errno 2', ['--parent', '0', '--filter', '/not-here', '--', '/bin/true']],
    ['cgroup: errno 9', [...base, '--join', '77', '--', '/bin/true']],
    ['a granted path: errno 2', [...base, '--read', '/not-here', '--', '/bin/true']],
    ['resource limit: errno 22', [...base, '--limit', '4', '2', '1', '--', '/bin/true']],
    ['execve: errno 2', [...base, ...everything, '--', '/not-here']],
    ['execve: errno 13', [...base, '--', '/bin/true']],
  ])('refuses_with_78_and_says_%s', (why, given) => {
    expect(run(given)).toEqual({ status: 78, said: `{"type":"refused","missing":["launcher: ${why}"]}\n`, out: '' });
  });

  it('refuses_a_granted_path_whose_last_part_is_a_link', () => {
    const link = join(folder.path, `link-${String(process.pid)}`);
    symlinkSync('/usr', link);
    expect(run([...base, '--read', link, '--', '/bin/true']).said).toContain('a granted path is a link');
  });

  it.each([
    ['is not whole', 7],
    ['is not whole', 0],
    ['is too long', 4096 * 8 + 8],
  ])('refuses_a_filter_that_%s', (why, bytes) => {
    const path = join(folder.path, `filter-${String(bytes)}`);
    writeFileSync(path, new Uint8Array(bytes));
    chmodSync(path, 0o644);
    expect(run(['--parent', '0', '--landlock', '0', '--filter', path, '--', '/bin/true']).said).toContain(`the filter ${why}`);
  });

  it('refuses_a_filter_that_the_kernel_does_not_take', () => {
    const path = join(folder.path, 'nonsense');
    writeFileSync(path, new Uint8Array(8).fill(0xff));
    chmodSync(path, 0o644);
    expect(run(['--parent', '0', '--landlock', '0', '--filter', path, '--', '/bin/true']).said).toContain('seccomp stage 1: errno 22');
  });

  it.runIf(isRoot)('refuses_to_run_as_root_or_in_the_group_of_root', () => {
    expect(run(shell('true'), {}).said).toContain('it was started as root');
    expect(run(shell('true'), { uid: ordinaryUid, gid: 0 }).said).toContain('it was started as root');
  });

  it('refuses_when_one_of_its_four_descriptors_is_closed', () => {
    const closed = spawnSync(
      '/bin/sh',
      [
        '-c',
        `exec "${launch}" ${shell('true')
          .map((word) => `'${word}'`)
          .join(' ')} <&-`,
      ],
      {
        stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
        env: {},
        encoding: 'utf8',
        ...who,
      },
    );
    expect([closed.status, String(closed.output[3])]).toEqual([78, expect.stringContaining('descriptors 0 to 3 are not all open')]);
  });

  it('passes_nothing_on_but_its_own_environment_and_says_which_landlock_stands', () => {
    const { out } = run([...base, ...everything, '--', '/usr/bin/env']); // takes the fact, its one argument, for a setting
    const [fact, ...settings] = out.trim().split('\n').toReversed();
    expect(fact).toMatch(/^landlock=\d+$/u);
    expect(settings.toSorted()).toEqual([
      'HOME=/nonexistent',
      'LANG=C.UTF-8',
      'NODE_ENV=production',
      'PATH=/nonexistent',
      'TZ=UTC',
      'UV_THREADPOOL_SIZE=4',
      'UV_USE_IO_URING=0',
    ]);
  });

  it('starts_from_nothing_umask_signals_session_descriptors_and_personality', () => {
    const inherited = openSync('/dev/null', 'r');
    const look = 'umask; /bin/grep -E "^(SigBlk|SigIgn|NoNewPrivs|Seccomp|CapAmb):" /proc/self/status; echo /proc/self/fd/*; ';
    const given = shell(`${look} /bin/cat /proc/self/personality`);
    // as a supervisor that would not hear SIGTERM, hides everything it makes, and has its addresses where everybody knows them
    const { stdout } = spawnSync('/bin/sh', ['-c', `trap '' TERM; umask 077; exec setarch -R "$@"`, 'sh', launch, ...given], {
      stdio: ['ignore', 'pipe', 'ignore', 'pipe', inherited, inherited],
      env: { PATH: '/usr/bin:/bin' },
      encoding: 'utf8',
      ...who,
    });
    closeSync(inherited);
    expect(stdout.trim().split('\n')).toEqual([
      '0022',
      'SigBlk:\t0000000000000000',
      'SigIgn:\t0000000000000000',
      'CapAmb:\t0000000000000000',
      'NoNewPrivs:\t1',
      'Seccomp:\t2',
      '/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3 /proc/self/fd/4', // the last is the listing's own
      '00000000',
    ]);
  });

  it('grants_only_what_it_is_told_to_and_by_the_kind_of_grant', () => {
    const [given, other] = [mkdtempSync(join(folder.path, 'given-')), mkdtempSync(join(folder.path, 'other-'))];
    for (const path of [given, other]) {
      chmodSync(path, 0o777);
      writeFileSync(join(path, 'file'), 'x', { mode: 0o666 });
      chmodSync(join(path, 'file'), 0o666);
      copyFileSync('/bin/true', join(path, 'program'));
      chmodSync(join(path, 'program'), 0o755);
    }
    const script = (at: string): string =>
      [`: <${at}/file`, `: >${at}/file`, `: >${at}/new`, `${at}/program`].map((line) => `(${line}) 2>&- && echo yes || echo no`).join('; ');
    const tried = (option: readonly string[], at: string): string =>
      run([...base, ...everything, ...option, '--', '/bin/sh', '-c', script(at)])
        .out.replaceAll('\n', ' ')
        .trim();
    expect(tried([], given)).toBe('no no no no');
    expect(tried(['--read', given], given)).toBe('yes no no no');
    expect(tried(['--read', given], other)).toBe('no no no no');
    expect(tried(['--run', given], given)).toBe('yes no no yes');
    expect(tried(['--fill', given], given)).toBe('yes yes yes no');
    expect(tried(['--fill', given], other)).toBe('no no no no');
  });
});
