import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxMessage } from '@lib/contract';
import { certify, localSandbox, type LocalSandboxOptions, type SandboxOutcome, type SandboxRequest } from '@lib/platform/sandbox';
import { testFolder, testRuntime, testTree } from '../escape/test-runtime.ts';

const folder = testFolder();
let runtimeDirectory = '';
beforeAll(async () => {
  runtimeDirectory = await testRuntime(folder.path, 'misbehaving-runner.ts');
}, 120_000);
afterAll(() => folder.remove());

type More = Partial<SandboxRequest> & { readonly options?: Partial<LocalSandboxOptions> };
type Ran = { readonly outcome: SandboxOutcome; readonly findings: number };

const bounds = { wallMs: 60_000, analyzers: ['sast'] } as const;

async function run(
  behaviour: string,
  { options, ...request }: More = {},
  onMessage: (message: SandboxMessage) => void = () => undefined,
): Promise<Ran> {
  let findings = 0;
  const sandbox = localSandbox({ runtimeDirectory, stageInto: [`${folder.path}/staged`], killGraceMs: 300, ...options });
  const result = await sandbox.run({ treeDirectory: testTree(folder.path, { behaviour }), ...bounds, ...request }, (message) => {
    if (message.type === 'finding') findings += 1;
    onMessage(message);
  });
  if (!result.ok) throw new Error(result.error.missing.join('; '));
  return { outcome: result.value, findings };
}

/** Processes of a run, by the folder that is in their arguments. */
function processesOf(runtime: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .filter((pid) => argumentsOf(pid).includes(runtime) && !argumentsOf(pid).includes('supervise-one'))
    .map(Number);
}

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

const walls = [{ bubblewrap: 'auto' }, { bubblewrap: 'off' }] as const;
const treeFacts = { files: 1, bytes: 1, sha256: 'a'.repeat(64), coverage: [], coverageCounts: {} };

describe('a runtime in place', () => {
  it('starts_below_a_package_that_it_may_not_read', async () => {
    const checkout = join(folder.path, 'checkout');
    mkdirSync(checkout);
    writeFileSync(join(checkout, 'package.json'), '{}');
    const below = await testRuntime(checkout, 'misbehaving-runner.ts');
    const options = { runtimeDirectory: below, stageInto: [checkout], bubblewrap: 'off' } as const;
    expect((await run('good', { options })).outcome.ending).toBe('finished');
  });
});

describe.each(walls)('an analyzer that is ended, with bubblewrap $bubblewrap', ({ bubblewrap }) => {
  it('hears_sigterm_itself_long_before_the_grace_is_over', async () => {
    const { outcome, findings } = await run('findings then loop', { options: { bubblewrap, killGraceMs: 600_000 }, wallMs: 2500 });
    expect(outcome).toMatchObject({ ending: 'timed_out', detail: 'SIGTERM' });
    expect(findings).toBe(10);
  });

  it('may_finish_within_its_grace_and_what_it_finds_then_counts', async () => {
    const controller = new AbortController();
    const options = { bubblewrap, killGraceMs: 600_000 };
    const { outcome, findings } = await run('finishes after SIGTERM', { options, signal: controller.signal }, (message) => {
      if (message.type === 'finding') controller.abort();
    });
    expect(outcome).toMatchObject({ ending: 'cancelled', detail: 'exit code 0' });
    expect(findings).toBe(2);
  });

  it('ends_by_sigkill_when_it_ignores_sigterm', async () => {
    const { outcome, findings } = await run('findings then ignores SIGTERM', { options: { bubblewrap }, wallMs: 2500 });
    expect(outcome).toMatchObject({ ending: 'timed_out', detail: 'SIGKILL' });
    expect(findings).toBe(10);
    expect(certify(treeFacts, ['sast'], outcome)).toMatchObject({ complete: false, counts: { timed_out: 1 } });
  });

  it('ends_at_the_wall_clock_when_it_has_stopped_itself', async () => {
    const { outcome, findings } = await run('findings then stops itself', { options: { bubblewrap }, wallMs: 2500 });
    expect(outcome).toMatchObject({ ending: 'timed_out', detail: 'SIGKILL' });
    expect(findings).toBe(10);
  });

  it('keeps_what_it_had_found_when_somebody_else_kills_it', async () => {
    let found = 0;
    const { outcome, findings } = await run('findings then loop', { options: { bubblewrap } }, (message) => {
      if (message.type === 'finding' && ++found === 10) {
        for (const pid of processesOf('runner.mjs')) if (argumentsOf(String(pid)).includes(folder.path)) process.kill(pid, 'SIGKILL');
      }
    });
    expect(outcome).toMatchObject({ ending: 'crashed', detail: 'SIGKILL' });
    expect(findings).toBe(10);
    expect(certify(treeFacts, ['sast'], outcome).complete).toBe(false);
  });

  it('keeps_what_it_had_found_when_its_heap_is_exhausted', async () => {
    const { outcome, findings } = await run('findings then heap without end', { options: { bubblewrap, heapMib: 128 } });
    expect(outcome.ending).toBe('crashed');
    expect(findings).toBe(10);
  });

  it('keeps_what_it_had_found_when_it_runs_out_of_memory', async () => {
    const options = { bubblewrap, memoryBytesMax: 512 * 1024 * 1024 };
    const { outcome, findings } = await run('findings then buffers without end', { options });
    expect(outcome).toMatchObject({ ending: 'crashed', detail: 'more memory than it may have' });
    expect(findings).toBe(10);
  });

  it('is_held_to_its_memory_by_the_supervisor_where_there_is_no_cgroup', async () => {
    const options = { bubblewrap, cgroup: 'off', memoryBytesMax: 512 * 1024 * 1024 } as const;
    const { outcome, findings } = await run('findings then buffers without end', { options });
    expect(outcome).toMatchObject({ ending: 'crashed', detail: 'more memory than it may have', layers: { cgroup: false } });
    expect(findings).toBe(10);
  });

  it('leaves_no_process_when_it_is_cancelled_at_any_moment_of_its_start', async () => {
    for (const turns of [0, 1, 5, 20, 60]) {
      const controller = new AbortController();
      const running = run('loop', { options: { bubblewrap }, signal: controller.signal });
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      controller.abort();
      expect((await running).outcome.ending).toBe('cancelled');
    }
    await until(() => processesOf(folder.path).length === 0);
  });

  it('leaves_no_process_when_its_supervisor_is_killed', async () => {
    const node = join(folder.path, 'node');
    if (!existsSync(node)) copyFileSync(realpathSync(process.execPath), node);
    await build({
      entryPoints: [join(import.meta.dirname, 'supervise-one.ts')],
      outfile: join(folder.path, 'supervise-one.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      tsconfig: join(import.meta.dirname, '../../tsconfig.json'),
      logLevel: 'error',
    });
    chmodSync(join(folder.path, 'supervise-one.mjs'), 0o644);
    const plan = {
      options: { runtimeDirectory, nodePath: node, stageInto: [`${folder.path}/staged-orphan`], bubblewrap },
      request: { treeDirectory: testTree(folder.path, { behaviour: 'loop' }), ...bounds },
    };
    const supervisor = spawn(node, [join(folder.path, 'supervise-one.mjs'), JSON.stringify(plan)], { stdio: 'ignore', cwd: '/', env: {} });
    await until(() => processesOf('runner.mjs').some((pid) => argumentsOf(String(pid)).includes(folder.path)));
    supervisor.kill('SIGKILL');
    await once(supervisor, 'exit');
    await until(() => processesOf(folder.path).length === 0);
  });
});
