import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtCli, startUp } from '../../../tools/testing/built-product.ts';

const endsMs = 240_000; // a start on a machine that is busy with other tests
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'aegis-evidence-')));
const data = join(scratch, 'data');
let cli: string;
beforeAll(async () => {
  chmodSync(scratch, 0o755);
  cli = builtCli();
  const source = join(scratch, 'source');
  mkdirSync(source);
  writeFileSync(
    join(source, 'server.js'),
    "const { exec } = require('node:child_process');\nconst app = require('express')();\napp.get('/', (request, response) => exec('ls ' + request.query.folder));\n",
  );
  const started = startUp(cli, ['--once', '--repo', source, '--data', data]);
  expect(await started.ended, started.output()).toBe(0);
}, endsMs);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function aegis(...argv: readonly string[]) {
  const { status, stdout } = spawnSync(process.execPath, [cli, ...argv, '--data', data], { encoding: 'utf8' });
  return { status, stdout };
}
const packFile = (): string =>
  readdirSync(join(data, 'objects'), { recursive: true, encoding: 'utf8' })
    .map((name) => join(data, 'objects', name))
    .filter((path) => /[.]pack\b/u.test(path))
    .toSorted((a, b) => b.length - a.length)[0] ?? '';

describe('aegis evidence verify', () => {
  it(
    'derives_all_that_a_scan_sealed_again_while_nothing_runs_and_names_the_pack_that_was_altered',
    () => {
      const whole = aegis('evidence', 'verify');
      expect([whole.status, whole.stdout]).toEqual([0, expect.stringMatching(/all verified: 1 packs, [1-9]\d* entries derived again/u)]);
      expect(aegis('audit', 'logs')).toMatchObject({ status: 0, stdout: expect.stringContaining('verified  1 logs') as string });
      expect(aegis('evidence', 'verify', '--tenant', 'x').status).toBe(2);
      const file = packFile();
      const bytes = readFileSync(file);
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 40) ^ 1, bytes.length - 40);
      chmodSync(file, 0o600);
      writeFileSync(file, bytes);
      const altered = aegis('evidence', 'verify');
      expect([altered.status, altered.stdout]).toEqual([1, expect.stringContaining('NOT VERIFIED: 1 of 1 packs')]);
    },
    endsMs,
  );
});
