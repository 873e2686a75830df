import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeEntries, splitBundle } from '../../../tools/tamper/edit-bundle.ts';
import { sampleBundle, sampleLog, type SampleBundle } from '../../../tools/tamper/sample-bundle.ts';
import { runVerifyCommand } from './run-verify-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'aegis-verify-'));
const [good, bad, older] = ['good.tar', 'bad.tar', 'older'].map((name) => join(folder, name));
let bundle: SampleBundle;
beforeAll(async () => {
  const log = sampleLog(300);
  bundle = await sampleBundle(log);
  const edited = Buffer.from(bundle.tar);
  const [entry = new Uint8Array(0)] = splitBundle(bundle.files.get('tile/entries/000')).slice(7, 8);
  edited[edited.indexOf(entry) + 20] = 0x21;
  writeFileSync(good ?? '', bundle.tar);
  writeFileSync(bad ?? '', edited);
  writeFileSync(older ?? '', (await sampleBundle(log, { size: 100 })).checkpoint);
  writeFileSync(join(folder, 'text.tar'), encodeEntries([Buffer.from('no tar')]));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function verify(...argv: readonly (string | undefined)[]): Promise<{ code: number; out: string; errors: string }> {
  let [out, errors] = ['', ''];
  const args = argv.flatMap((word) => (word === undefined ? [] : [word]));
  const code = await runVerifyCommand(args, { write: (text) => void (out += text), writeError: (text) => void (errors += text) });
  return { code, out, errors };
}

describe('aegis audit verify', () => {
  it('a_good_bundle_exits_0_and_says_what_was_shown_and_what_was_not', async () => {
    const { code, out } = await verify(good);
    expect(code).toBe(0);
    expect(out).toMatch(/verified {2}audit\.test\/t\/a\n +whole log: 300 entries hashed again/u);
    expect(out).toContain('no older checkpoint was given');
    expect(out).toContain('the key came with the bundle');
  });

  it('with_key_and_older_checkpoint_both_are_said_to_hold', async () => {
    const { code, out } = await verify(good, '--key', bundle.key, '--since', older);
    expect([code, out]).toEqual([0, expect.stringContaining('extends the checkpoint of 100 entries that you kept')]);
    expect(out).not.toContain('the key came with the bundle');
  });

  it('an_edited_bundle_exits_1_and_names_the_sequence_number', async () => {
    const { code, out } = await verify(bad);
    expect(code).toBe(1);
    expect(out).toContain('FAULT     bundle.entry_altered at sequence number 7 (tile/entries/000)');
  });

  it('json_is_the_whole_verdict', async () => {
    const { code, out } = await verify(bad, '--json');
    expect([code, JSON.parse(out)]).toEqual([
      1,
      expect.objectContaining({ ok: false, size: 300, faults: [expect.objectContaining({ index: 7 })] }),
    ]);
  });

  it('the_key_of_another_exits_1', async () => {
    const other = await sampleBundle(sampleLog(1, 'b'));
    expect(await verify(good, '--key', other.key)).toMatchObject({
      code: 1,
      out: expect.stringContaining('bundle.key_mismatch') as string,
    });
  });

  it('a_file_that_is_no_bundle_exits_1', async () => {
    expect(await verify(join(folder, 'text.tar'))).toMatchObject({
      code: 1,
      errors: expect.stringContaining('bundle.tar_malformed') as string,
    });
  });

  it.each([[[]], [['a', 'b']], [['nowhere.tar']], [['--frmat', 'x']]])('%j_exits_2_and_says_why', async (argv) => {
    const { code, errors } = await verify(...argv);
    expect([code, errors.startsWith('aegis: ')]).toEqual([2, true]);
  });

  it('an_unreadable_older_checkpoint_exits_2', async () => {
    expect(await verify(good, '--since', join(folder, 'nowhere'))).toMatchObject({ code: 2 });
  });

  it('help_exits_0', async () => {
    expect(await verify('--help')).toMatchObject({ code: 0, out: expect.stringContaining('exit codes') as string });
  });
});
