import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditHeadSchema } from '@lib/contract';
import { testApi, type TestApi } from '../../../tools/testing/api.ts';
import { commandRunner } from '../../../tools/testing/cli-terminal.ts';
import { keepApiAddress } from '../api/api-address.ts';
import { runIsolationCommand } from './run-isolation-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'aegis-isolation-'));
const kept = join(folder, 'result.note');
let api: TestApi;
let key: string;
beforeAll(async () => {
  api = await testApi();
  await keepApiAddress(folder, { base: api.base, token: api.acme.admin });
});
afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});
const aegis = commandRunner(folder);
const quiet = { write: () => undefined, isTty: false, checkout: folder, token: undefined };

/** `verify` takes no session: it reads one file and asks nobody. */
async function verify(...argv: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly errors: string }> {
  let [out, errors] = ['', ''];
  const terminal = { ...quiet, write: (text: string) => void (out += text), writeError: (text: string) => void (errors += text) };
  const code = await runIsolationCommand(['verify', ...argv], terminal);
  return { code, out, errors };
}

test('a_probe_names_what_held_in_the_database_and_over_http_and_is_kept_signed', async () => {
  const { code, out } = await aegis(runIsolationCommand, 'probe', '--output', kept);
  expect(code).toBe(0);
  for (const text of ['P23b.finding', 'P42.setting', 'P50.tenant', 'P43.findings', '0 breached, 0 not run', `tenant    ${api.acme.id}`])
    expect(out).toContain(text);
  key = /^key {7}(.*)$/mu.exec(out)?.[1] ?? '';
});

test('within_a_minute_it_is_refused_with_the_code_of_the_api', async () => {
  await expect(aegis(runIsolationCommand, 'probe')).rejects.toThrow('isolation.too_soon');
});

test('what_was_kept_is_verified_offline_by_the_key_of_the_log', async () => {
  const { code, out } = await verify(kept, '--key', key);
  expect([code, out]).toEqual([0, expect.stringContaining(`/t/${api.acme.id}`)]);
});

test('a_changed_result_another_key_and_what_is_no_result_are_refused', async () => {
  const changed = join(folder, 'changed.note');
  writeFileSync(changed, readFileSync(kept, 'utf8').replace('"held"', '"HELD"'));
  expect(await verify(changed, '--key', key)).toMatchObject({
    code: 1,
    errors: expect.stringContaining('tlog.signature_invalid') as string,
  });
  const theirs = await api.ask('GET', '/v1/audit/head', { token: api.other.admin });
  const otherKey = auditHeadSchema.parse(theirs.json).verifierKey;
  expect(await verify(kept, '--key', otherKey)).toMatchObject({ code: 1, errors: expect.stringContaining('tlog.key_unknown') as string });
  expect((await verify(join(folder, 'none'), '--key', key)).errors).toContain('cli.result_unreadable');
  expect((await verify(kept, '--key', 'no key')).errors).toContain('tlog.key_malformed');
  expect((await verify(kept)).code).toBe(2);
});

test('a_checkpoint_of_the_log_is_no_result_though_the_same_key_signed_it', async () => {
  const file = join(folder, 'checkpoint.note');
  const head = await api.ask('GET', '/v1/audit/head', { token: api.acme.admin });
  writeFileSync(file, auditHeadSchema.parse(head.json).checkpoint);
  expect((await verify(file, '--key', key)).code).toBe(1);
});
