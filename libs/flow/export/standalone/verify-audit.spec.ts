import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pythonChecker, run } from '../../../../tools/tamper/python-checker.ts';
import { runAttacks } from '../../../../tools/tamper/run-tamper.ts';
import { sampleBundle, sampleLog } from '../../../../tools/tamper/sample-bundle.ts';
import { requirePeer } from '../../../../tools/testing/require-peer.ts';

const python = requirePeer('python3', 'python3 of Debian');
const script = join(import.meta.dirname, 'verify_audit.py');
const folder = mkdtempSync(join(tmpdir(), 'aegis-standalone-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const vectorsSchema = z.object({
  testGroups: z.array(
    z.object({
      publicKey: z.object({ pk: z.string() }),
      tests: z.array(z.object({ tcId: z.int(), msg: z.string(), sig: z.string(), result: z.enum(['valid', 'invalid']) })),
    }),
  ),
});

describe.skipIf(python === undefined)('the checker that ships in a bundle', () => {
  const verify = async (place: string, ...options: readonly string[]) => run(python ?? '', [script, place, ...options]);

  it('agrees_with_every_public_ed25519_vector', async () => {
    const { testGroups } = vectorsSchema.parse(JSON.parse(readFileSync(join(import.meta.dirname, 'vectors/ed25519_test.json'), 'utf8')));
    const cases = testGroups.flatMap(({ publicKey, tests }) => tests.map((test) => ({ ...test, pk: publicKey.pk })));
    const file = join(folder, 'cases.json');
    writeFileSync(file, JSON.stringify(cases));
    const program = [
      'import json, sys',
      `sys.path.insert(0, ${JSON.stringify(import.meta.dirname)})`,
      'sys.dont_write_bytecode = True',
      'from verify_audit import ed25519_verify',
      'b = bytes.fromhex',
      `print(json.dumps([c["tcId"] for c in json.load(open(${JSON.stringify(file)})) if ed25519_verify(b(c["pk"]), b(c["msg"]), b(c["sig"])) != (c["result"] == "valid")]))`,
    ].join('\n');
    expect(cases.length).toBe(151);
    expect((await run(python ?? '', ['-c', program])).out.trim()).toBe('[]');
  });

  it.each([0, 1, 255, 256, 257, 700])('verifies_a_log_of_%i_entries', async (size) => {
    const bundle = await sampleBundle(sampleLog(size), { views: ['jsonl'], proofs: [] });
    const file = join(folder, `${String(size)}.tar`);
    writeFileSync(file, bundle.tar);
    const { code, out } = await verify(file, '--key', bundle.key);
    expect([code, out]).toEqual([0, expect.stringContaining(`OK  audit.test/t/a: ${String(size)} entries`)]);
  });

  it('verifies_a_filtered_export_and_says_that_it_is_one', async () => {
    const file = join(folder, 'filtered.tar');
    writeFileSync(file, (await sampleBundle(sampleLog(700), { filter: { outcome: 'denied' }, views: [] })).tar);
    expect((await verify(file)).out).toContain('64 rows of a filtered export, each in the log');
  });

  it('names_every_attack_as_our_own_does_but_those_on_the_views_which_it_does_not_read', async () => {
    const outcomes = await runAttacks(pythonChecker(python ?? '', script));
    const views = ['a row of the table edited', 'a line of the JSON Lines dropped'];
    expect(outcomes.filter(({ name, passed }) => !passed && !views.includes(name))).toEqual([]);
  });

  it('bad_usage_exits_2_without_a_trace', async () => {
    for (const place of [join(folder, 'nowhere'), script]) {
      const { code, out } = await verify(place);
      expect([code, out]).toEqual([2, expect.not.stringContaining('Traceback')]);
    }
  });
});
