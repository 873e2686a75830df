import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '@lib/contract';
import { localSandbox, type SandboxRequest } from '@lib/platform/sandbox';
import { bundleSandbox } from '../bundle.ts';
import { testFolder, testTree } from '../escape/test-runtime.ts';
import { analyzeOn, openFargateStage, ordinaryUser, realTask, testDefinition, type FargateStage } from './testing/fargate-stage.ts';

// The real program of a task, behind the real walls, against a cluster and a bucket that speak the protocols.
const folder = testFolder();
const product = `${folder.path}/product`;
const misbehaving = `${folder.path}/misbehaving`;
let stage: FargateStage;

beforeAll(async () => {
  await bundleSandbox({ outDirectory: product, withSnapshots: true });
  const runnerEntry = `${import.meta.dirname}/../escape/misbehaving-runner.ts`;
  await bundleSandbox({ outDirectory: misbehaving, runnerEntry, assets: [], moreNative: ['raw-call.node'] });
}, 240_000);
afterEach(async () => {
  const { problems } = stage.ecs;
  await stage.close();
  expect(problems).toEqual([]); // every request of every test fitted the service's own model
});
afterAll(() => folder.remove());

const behaving = (behaviour: string, more: Record<string, string> = {}): Omit<SandboxRequest, 'owner'> => ({
  treeDirectory: testTree(folder.path, { behaviour, ...more }),
  analyzers: ['sast'],
  wallMs: 60_000,
});
const open = async (runtime = misbehaving): Promise<FargateStage> => {
  stage = await openFargateStage(realTask(runtime, folder.path));
  return stage;
};
const operations = (): readonly string[] => stage.ecs.requests.map(({ operation }) => operation);

describe('an analysis in a cloud task', () => {
  const files = {
    'server.js': "const { exec } = require('child_process');\nrequire('express')().get('/', (q, s) => { exec('ls ' + q.query.d); });\n",
    'settings.py': ['AWS_KEY = "AKIA', 'QWERTYUIOPASDFGH"\n'].join(''),
    'main.tf': 'resource "aws_s3_bucket" "b" {\n  acl = "public-read"\n}\n',
    'package.json': '{"dependencies":{"lodash":"4.17.4"}}',
    Dockerfile: 'FROM node:latest\nUSER root\n',
  };

  it('says_what_the_local_sandbox_says_of_the_same_tree', async () => {
    const request = { treeDirectory: testTree(folder.path, files), analyzers: ['sast', 'secrets', 'iac', 'sca'] as const, wallMs: 60_000 };
    await open(product);
    const { result, messages } = await analyzeOn(stage, request);
    expect(result).toMatchObject({
      ok: true,
      value: { ending: 'finished', layers: { launcher: 'native', bubblewrap: false, seccompStage2: true } },
    });
    const local: unknown[] = [];
    await localSandbox({ runtimeDirectory: product, stageInto: [`${folder.path}/staged`] }).run(request, (message) => {
      if (message.type === 'finding') local.push(message.finding);
    });
    const found = messages.flatMap((message) => (message.type === 'finding' ? [message.finding] : []));
    expect(found.length).toBeGreaterThan(2);
    expect(found).toEqual(local);
    expect(messages.at(-1)).toEqual({ type: 'end' });
  });

  it('is_asked_for_with_the_tags_of_its_scan_no_public_address_no_way_in_and_one_url', async () => {
    await open();
    await analyzeOn(stage, behaving('good'));
    const { body } = stage.ecs.requests.find(({ operation }) => operation === 'RunTask')!;
    const { overrides, clientToken, ...rest } = body;
    expect(rest).toEqual({
      cluster: 'aegis',
      count: 1,
      taskDefinition: 'aegis-analysis:1',
      launchType: 'FARGATE',
      platformVersion: '1.4.0',
      enableExecuteCommand: false,
      enableECSManagedTags: true,
      propagateTags: 'TASK_DEFINITION',
      startedBy: stage.owner.scanId,
      tags: [
        { key: 'aegis:tenant', value: stage.owner.tenantId },
        { key: 'aegis:scan', value: stage.owner.scanId },
      ],
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: ['subnet-0123456789abcdef0'],
          securityGroups: ['sg-0123456789abcdef0'],
          assignPublicIp: 'DISABLED',
        },
      },
    });
    expect(String(clientToken).length).toBeLessThanOrEqual(64);
    const [{ environment }] = (overrides as { containerOverrides: [{ environment: { name: string; value: string }[] }] })
      .containerOverrides;
    expect(environment.map(({ name }) => name)).toEqual(['AEGIS_TASK_ORDER_URL']);
    expect(environment[0]!.value).toContain(`/${stage.owner.tenantId}/${stage.owner.scanId}/`);
  });

  it('leaves_nothing_in_the_bucket_and_no_task_running', async () => {
    await open();
    const { result } = await analyzeOn(stage, behaving('good'));
    expect(result).toMatchObject({ ok: true, value: { ending: 'finished', detail: '' } });
    expect([...stage.bucket.objects.keys()]).toEqual([]);
    expect(operations().at(-1)).toBe('StopTask');
    await expect.poll(() => stage.ecs.running()).toBe(0);
    expect(stage.events.map(({ event }) => event)).toEqual(['sandbox.task_started']);
  });

  it('reaches_the_bucket_by_its_urls_alone_and_each_opens_one_object_by_one_method', async () => {
    await open();
    await analyzeOn(stage, behaving('good'));
    const byUrl = stage.bucket.seen.filter(({ presigned, status }) => presigned && status === 200);
    const names = new Set(byUrl.map(({ method, key }) => `${method} ${key.split('/').slice(3).join('/').replace(/\d+/u, 'N')}`));
    expect([...names].toSorted()).toEqual(['GET order', 'GET tree', 'PUT segments/N']);
  });

  it('the_program_of_the_task_shows_its_memory_and_environment_to_no_process_of_its_user', async () => {
    const readAsItsUser = (pid: number): boolean => {
      const user = process.getuid?.() === 0 ? { uid: ordinaryUser, gid: ordinaryUser } : {};
      return spawnSync('cat', [`/proc/${pid}/environ`], { ...user, stdio: 'ignore' }).status === 0;
    };
    let pid = 0;
    const seen: Record<string, boolean> = {};
    stage = await openFargateStage(realTask(misbehaving, folder.path, { onStart: (started) => (pid = started) }));
    await analyzeOn(stage, behaving('good'), {
      onMessage: ({ type }) => {
        if (type !== 'locked') return;
        const user = process.getuid?.() === 0 ? { uid: ordinaryUser, gid: ordinaryUser } : {};
        const another = spawn('sleep', ['60'], { ...user, stdio: 'ignore' });
        seen['another process of its user'] = readAsItsUser(another.pid ?? 0);
        another.kill('SIGKILL');
        seen['the program of the task'] = readAsItsUser(pid);
      },
    });
    expect(seen).toEqual({ 'another process of its user': true, 'the program of the task': false });
  });

  it('ends_at_its_own_wall_clock_and_keeps_what_was_found', async () => {
    await open();
    const { result } = await analyzeOn(stage, { ...behaving('findings then loop'), wallMs: 5000 });
    expect(result).toMatchObject({ ok: true, value: { ending: 'timed_out', findingCount: 10 } });
  });

  it('is_stopped_from_outside_when_it_does_not_keep_its_time_and_keeps_what_was_found', async () => {
    await open();
    let found = 0;
    let aheadMs = 0;
    const { result } = await analyzeOn(stage, behaving('findings then loop'), {
      timing: { nowMs: () => performance.now() + aheadMs },
      onMessage: ({ type }) => {
        if (type === 'finding') found += 1;
        if (found === 10) aheadMs = limits.taskTransferMsMax + 60_000 + limits.killGraceMs + limits.taskStopMs;
      },
    });
    expect(result).toMatchObject({ ok: true, value: { ending: 'timed_out', findingCount: 10 } });
    expect(stage.ecs.requests.find(({ operation }) => operation === 'StopTask')?.body).toMatchObject({
      cluster: 'aegis',
      reason: 'out of time',
    });
    await expect.poll(() => stage.ecs.running()).toBe(0);
  });

  it('a_cancelled_scan_stops_its_task', async () => {
    await open();
    const controller = new AbortController();
    const { result } = await analyzeOn(
      stage,
      { ...behaving('findings then loop'), signal: controller.signal },
      {
        onMessage: ({ type }) => {
          if (type === 'locked') controller.abort();
        },
      },
    );
    expect(result).toMatchObject({ ok: true, value: { ending: 'cancelled' } });
    expect(stage.ecs.requests.find(({ operation }) => operation === 'StopTask')?.body).toMatchObject({ reason: 'cancelled' });
    await expect.poll(() => stage.ecs.running()).toBe(0);
    expect([...stage.bucket.objects.keys()]).toEqual([]);
  });

  it.each([
    ['raw ptrace', { ending: 'escape_attempt', detail: 'SIGSYS' }],
    ['exit 3', { ending: 'crashed', detail: 'exit code 3' }],
    ['garbage', { ending: 'protocol_error', detail: 'a line that fits no message' }],
    ['flood without an end of line', { ending: 'protocol_error', detail: 'line too long' }],
    ['a forged analyzer', { ending: 'protocol_error', detail: 'a finding of an analyzer that was not asked' }],
  ])('%s_in_the_task_ends_as_it_does_on_one_machine', async (behaviour, outcome) => {
    await open();
    expect((await analyzeOn(stage, behaving(behaviour))).result).toMatchObject({ ok: true, value: outcome });
  });

  it('more_is_said_than_one_segment_holds_and_all_of_it_arrives_in_order', async () => {
    const more = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`file-${String(index).padStart(4, '0')}.ts`, `${index}`]));
    await open();
    const { result, messages } = await analyzeOn(stage, behaving('one finding in every other file', more));
    expect(result).toMatchObject({ ok: true, value: { ending: 'finished', findingCount: 3000 } });
    const paths = messages.flatMap((message) => (message.type === 'finding' ? [message.finding.location.path] : []));
    expect(paths).toEqual(Object.keys(more));
    const sizes = stage.bucket.seen.filter(({ method, presigned }) => presigned && method === 'PUT').length;
    expect(sizes).toBeGreaterThan(2);
  });

  it('a_tree_that_was_altered_on_its_way_is_not_analysed', async () => {
    await open();
    stage.bucket.faults.truncates = (key) => key.endsWith('/tree');
    await expect(analyzeOn(stage, behaving('good'))).rejects.toMatchObject({ code: 'sandbox.transfer_failed', lasting: false });
    expect([...stage.bucket.objects.keys()]).toEqual([]);
  });

  it('a_store_that_stumbles_costs_time_and_nothing_else', async () => {
    await open();
    const stumbled = new Set<string>();
    stage.bucket.faults.refuses = (method, key) => (stumbled.has(`${method} ${key}`) ? undefined : (stumbled.add(`${method} ${key}`), 503));
    expect((await analyzeOn(stage, behaving('good'))).result).toMatchObject({ ok: true, value: { ending: 'finished' } });
    expect(stage.bucket.seen.filter(({ status }) => status === 503).length).toBeGreaterThan(2);
  });

  it('a_definition_that_lacks_a_wall_runs_nothing_and_the_wall_is_named', async () => {
    const definition = testDefinition();
    const [container] = definition.containerDefinitions ?? [];
    stage = await openFargateStage(
      realTask(misbehaving, folder.path),
      testDefinition({
        taskRoleArn: 'arn:aws:iam::000000000000:role/x',
        containerDefinitions: [{ ...container, readonlyRootFilesystem: false }],
      }),
    );
    const { result } = await analyzeOn(stage, behaving('good'));
    expect(result).toEqual({
      ok: false,
      error: { code: 'sandbox.layers_missing', missing: ['task definition: no task role', 'task definition: read-only root'] },
    });
    expect(operations()).not.toContain('RunTask');
  });

  it('a_task_below_the_walls_of_fargate_refuses_and_says_which_are_missing', async () => {
    const broken = `${folder.path}/without-stage-one`;
    const runnerEntry = `${import.meta.dirname}/../escape/misbehaving-runner.ts`;
    await bundleSandbox({ outDirectory: broken, runnerEntry, assets: [] });
    writeFileSync(`${broken}/stage-one.bpf`, '');
    await open(broken);
    const { result } = await analyzeOn(stage, behaving('good'));
    expect(result).toMatchObject({ ok: false, error: { code: 'sandbox.layers_missing' } });
  });

  it('limits_of_grants_leave_a_task_that_nobody_reads_no_place_to_write', () => {
    expect(limits.taskSegmentsAhead * limits.taskSegmentBytesMax).toBeLessThanOrEqual(64 * 1024 * 1024);
    expect(limits.taskBeatMs + limits.taskGrantRenewMs).toBeLessThan(limits.taskGrantValidMs / 2);
  });
});
