import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtCli, processesOf, startUp } from '../../../tools/testing/built-product.ts';

const endsMs = 240_000; // a build and a start on a machine that is busy with other tests
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'aegis-staff-')));
const data = join(scratch, 'data');
let cli: string;
beforeAll(async () => {
  chmodSync(scratch, 0o755);
  cli = builtCli();
  const source = join(scratch, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'a.js'), 'export const a = 1;\n');
  const started = startUp(cli, ['--once', '--repo', source, '--data', data]);
  expect(await started.ended, started.output()).toBe(0);
}, endsMs);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('aegis staff serve', () => {
  it(
    'serves_a_page_and_a_door_of_its_own_while_the_first_two_are_named_and_leaves_nothing_running',
    async () => {
      const child = spawn(process.execPath, [cli, 'staff', 'serve', '--port', '0', '--data', data], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = new Promise<number | null>((done) => child.once('close', done));
      const address = await new Promise<string>((done) => {
        let output = '';
        child.stdout.on('data', (chunk: Buffer) => {
          output += chunk.toString('utf8');
          const found = /page of staff: (\S+)\n/u.exec(output)?.[1];
          if (found !== undefined) done(found);
        });
      });
      const page = await fetch(address);
      expect([page.status, page.headers.get('content-security-policy')]).toEqual([200, expect.stringContaining(`script-src 'self'`)]);
      expect(await page.text()).toContain('<title>Aegis staff</title>');
      expect((await fetch(`${address}/v1/self`)).status).toBe(401);
      const named = spawnSync(process.execPath, [cli, 'staff', 'first', 'Ada', 'Ben', '--data', data], { encoding: 'utf8' });
      expect([named.status, named.stdout]).toEqual([0, expect.stringMatching(/^Ada {2}aegis_\S+\nBen {2}aegis_/u)]);
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
      expect(processesOf(data)).toEqual([]);
    },
    endsMs,
  );
});
