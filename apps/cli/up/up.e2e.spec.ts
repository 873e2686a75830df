import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { packed, tarOf } from '../../../sandbox/unpack/testing/build-tar.ts';
import { builtCli, processesOf, startUp } from '../../../tools/testing/built-product.ts';

const endsMs = 240_000; // several starts on a machine that is busy with other tests

let cli: string;
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'aegis-up-')));
beforeAll(() => {
  chmodSync(scratch, 0o755);
  cli = builtCli();
}, endsMs);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A data folder and a folder to scan, each new. */
function place(): { readonly data: string; readonly source: string; readonly json: string } {
  const root = mkdtempSync(join(scratch, 'place-'));
  chmodSync(root, 0o755); // else the cluster of root would lie elsewhere
  const source = join(root, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'a.js'), 'export const a = 1;\n');
  return { data: join(root, 'data'), source, json: join(root, 'summary.json') };
}

const summarySchema = z.object({
  scan: z.object({ id: z.uuid(), state: z.string(), repositoryId: z.uuid() }),
  findings: z.array(z.unknown()),
  proofs: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
});
const summaryOf = (file: string): z.infer<typeof summarySchema> => summarySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
const stackTrace = /^\s+at .+:\d+:\d+\)?$/mu;

async function untilOnlyPostgres(folder: string): Promise<readonly string[]> {
  for (;;) {
    const left = processesOf(folder);
    if (left.every((words) => words.includes('postgres'))) return left;
    await pause(50); // the state is what is waited for; the test's own bound ends it
  }
}

describe('up', () => {
  it(
    'once_ends_with_0_on_a_clean_folder_leaves_nothing_running_and_the_next_start_keeps_the_data',
    async () => {
      const { data, source, json } = place();
      const first = startUp(cli, ['--once', '--repo', source, '--data', data, '--json', json]);
      expect([await first.ended, stackTrace.test(first.output())], first.output()).toEqual([0, false]);
      expect(processesOf(data)).toEqual([]);
      const before = summaryOf(json);
      expect(before.scan.state).toBe('succeeded');
      expect(before.proofs.map((proof) => proof.ok)).toEqual([true, true]);
      const second = startUp(cli, ['--once', '--repo', source, '--data', data, '--json', json]);
      expect(await second.ended, second.output()).toBe(0);
      expect(second.output()).toContain('schema up to date');
      const after = summaryOf(json);
      expect(after.scan.repositoryId).toBe(before.scan.repositoryId);
      expect(after.scan.id).not.toBe(before.scan.id);
      const events = (summary: typeof before): number => Number.parseInt(summary.proofs[1]?.detail ?? '', 10);
      expect(events(after)).toBeGreaterThan(events(before));
    },
    endsMs,
  );

  it(
    'an_archive_goes_the_whole_way_and_its_bytes_are_gone_afterwards',
    async () => {
      const { data, source, json } = place();
      const archive = join(source, 'shop.tar.gz');
      writeFileSync(archive, packed(tarOf([{ name: 'shop/a.js', body: 'export const a = 1;\n' }]), 'tar.gz'));
      const up = startUp(cli, ['--once', '--repo', archive, '--data', data, '--json', json]);
      expect([await up.ended, stackTrace.test(up.output())], up.output()).toEqual([0, false]);
      expect(summaryOf(json).scan.state).toBe('succeeded');
      const waiting = readdirSync(join(data, 'work'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      expect(waiting.map((entry) => entry.name)).toEqual([]);
    },
    endsMs,
  );

  it('a_folder_that_does_not_exist_is_one_line_and_starts_nothing', async () => {
    const { data } = place();
    const up = startUp(cli, ['--once', '--repo', join(scratch, 'absent'), '--data', data]);
    expect(await up.ended).toBe(1);
    expect(up.output()).toBe(`aegis: there is no folder or archive \`${join(scratch, 'absent')}\` (ingest.folder_missing)\n`);
  });

  it('a_file_in_the_place_of_a_folder_is_one_line', async () => {
    const { data, source } = place();
    const up = startUp(cli, ['--once', '--repo', join(source, 'a.js'), '--data', data]);
    expect(await up.ended).toBe(1);
    expect(up.output()).toBe(`aegis: \`${join(source, 'a.js')}\` is neither a folder nor an archive (ingest.not_a_folder)\n`);
  });

  it('a_data_folder_that_cannot_be_made_is_one_line', async () => {
    const { source } = place();
    const up = startUp(cli, ['--once', '--repo', source, '--data', join(source, 'a.js', 'data')]);
    expect(await up.ended).toBe(1);
    expect(up.output()).toMatch(/^aegis: the data folder `[^`]+` cannot be used: [^\n]+ \(up\.data_unusable\)\n$/u);
  });

  it('an_argument_that_is_none_shows_the_usage', async () => {
    const up = startUp(cli, ['--wrong']);
    expect(await up.ended).toBe(2);
    expect(up.output()).toContain('usage: npm start');
    expect(up.output()).not.toMatch(stackTrace);
  });

  it(
    'a_port_that_is_taken_is_told_and_what_had_started_is_stopped',
    async () => {
      const { data, source } = place();
      const server = createServer();
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      const taken = z.custom<AddressInfo>((value) => typeof value === 'object' && value !== null).parse(server.address()).port;
      const up = startUp(cli, ['--once', '--repo', source, '--data', data, '--port', String(taken)]);
      expect(await up.ended).toBe(1);
      expect(up.output().trimEnd().split('\n').at(-1)).toBe(
        `aegis: port ${String(taken)} is in use; choose another with --port (up.port_in_use)`,
      );
      expect(processesOf(data)).toEqual([]);
      await new Promise((done) => server.close(done));
    },
    endsMs,
  );

  it(
    'an_interrupt_while_it_scans_stops_everything_in_order',
    async () => {
      const { data, source } = place();
      const up = startUp(cli, ['--once', '--repo', source, '--data', data]);
      await up.says('scanning ');
      up.child.kill('SIGINT');
      const code = await up.ended;
      // a small scan may have ended in the very moment
      expect([130, 0], up.output()).toContain(code);
      expect(up.output()).not.toMatch(stackTrace);
      expect(processesOf(data)).toEqual([]);
    },
    endsMs,
  );

  it(
    'two_in_two_data_folders_do_not_disturb_each_other_and_a_second_one_in_one_folder_is_refused',
    async () => {
      const [one, two] = [place(), place()];
      const ups = [one, two].map(({ data, source, json }) => startUp(cli, ['--once', '--repo', source, '--data', data, '--json', json]));
      await ups[0]?.says('PostgreSQL');
      const third = startUp(cli, ['--once', '--repo', one.source, '--data', one.data]);
      expect(await third.ended).toBe(1);
      expect(third.output()).toContain('(postgres.data_in_use)');
      expect(await Promise.all(ups.map((up) => up.ended)), ups.map((up) => up.output()).join('\n')).toEqual([0, 0]);
      expect(summaryOf(one.json).scan.id).not.toBe(summaryOf(two.json).scan.id);
    },
    endsMs,
  );

  it(
    'when_it_is_killed_outright_its_services_end_themselves_and_the_next_start_takes_up_what_was_left',
    async () => {
      const { data, source, json } = place();
      const killed = startUp(cli, ['--repo', source, '--data', data]);
      await killed.says('scanning ');
      killed.child.kill('SIGKILL');
      await killed.ended;
      expect((await untilOnlyPostgres(data)).length).toBeGreaterThan(0);
      const next = startUp(cli, ['--once', '--repo', source, '--data', data, '--json', json]);
      expect(await next.ended, next.output()).toBe(0);
      expect(next.output()).toContain('was still running');
      expect(next.output()).not.toMatch(stackTrace);
      expect(summaryOf(json).proofs.map((proof) => proof.ok)).toEqual([true, true]);
      expect(processesOf(data)).toEqual([]);
    },
    endsMs,
  );
});
