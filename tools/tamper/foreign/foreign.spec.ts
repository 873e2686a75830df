import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requirePeer } from '../../testing/require-peer.ts';
import { makeAttacks } from '../attacks.ts';
import { run } from '../python-checker.ts';
import { sampleBundle, sampleLog, type SampleBundle } from '../sample-bundle.ts';

// Go and its module come from Debian's packages, so that nothing is fetched: golang-go, golang-golang-x-mod-dev.
const packages = '/usr/share/gocode';
const module = join(packages, 'src/golang.org/x/mod/sumdb/tlog');
const go = requirePeer('go', 'golang-go and golang-golang-x-mod-dev of Debian');
const isThere = go !== undefined && existsSync(module);
if (go !== undefined && !isThere && process.env['AEGIS_REQUIRE_ALL'] === '1')
  throw new Error(`peer absent: ${module} (golang-golang-x-mod-dev of Debian)`);

const folder = mkdtempSync(join(tmpdir(), 'aegis-foreign-'));
const program = join(folder, 'verify');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const log = sampleLog(isThere ? 70_000 : 0);

describe.skipIf(!isThere)('the libraries of the Go checksum database', () => {
  beforeAll(async () => {
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      GOCACHE: join(folder, 'cache'),
      GOPATH: packages,
      GO111MODULE: 'off',
      GOFLAGS: '',
      GOPROXY: 'off',
    };
    const built = await run(go ?? '', ['build', '-o', program, join(import.meta.dirname, 'verify.go')], env);
    expect(built).toMatchObject({ code: 0 });
  });

  it.each([0, 1, 255, 256, 257, 65_535, 65_536, 70_000])('verify_a_log_of_%i_entries', async (size) => {
    const bundle = await sampleBundle(log, { size, views: [], proofs: [] });
    const { code, out } = await run(program, [place(bundle, String(size))]);
    expect([code, out.split(',')[0]]).toEqual([0, `OK ${String(size)} entries`]);
  });

  it('verify_the_longest_entry_and_the_growth_of_a_log', async () => {
    const long = { ...log, entries: [Buffer.alloc(65_535, 0x78), ...log.entries.slice(0, 1_000)] };
    const older = await sampleBundle(long, { size: 500, views: [] });
    const kept = join(folder, 'older');
    writeFileSync(kept, older.checkpoint);
    const now = place(await sampleBundle(long), 'long');
    expect((await run(program, [now, kept])).out).toMatch(/^OK 1001 entries/u);
    const forked = place(await sampleBundle({ ...long, entries: long.entries.toReversed() }), 'forked');
    expect((await run(program, [forked, kept])).out).toContain('does not extend the older checkpoint of 500 entries');
  });

  it.each([
    [600, 4], // three lowest tiles and one above
    [70_000, 277], // 274, 2 and 1
  ])('of_%i_entries_make_every_tile_again_and_find_the_one_that_is_another', async (size, tiles) => {
    const bundle = await sampleBundle(log, { size, views: [], proofs: [] });
    const paths = [...bundle.files.keys()].filter((path) => /^tile[/][0-9]/u.test(path));
    expect(paths).toHaveLength(tiles);
    const target = place(bundle, 'tiles');
    for (const path of size === 600 ? paths : paths.filter((each) => !each.startsWith('tile/0/'))) {
      const whole = Buffer.from(bundle.files.get(path) ?? []);
      const flipped = Buffer.from(whole);
      flipped.writeUInt8(flipped.readUInt8(whole.length - 1) ^ 1, whole.length - 1);
      writeFileSync(join(target, path), flipped);
      expect([path, (await run(program, [target])).code]).toEqual([path, 1]);
      writeFileSync(join(target, path), whole);
    }
    expect((await run(program, [target])).code).toBe(0);
  });

  it('refuse_every_attack_on_entries_tiles_and_checkpoint_and_pass_the_control', async () => {
    const told: string[] = [];
    for (const { name, files, expects } of await makeAttacks()) {
      // keys, proofs, views and older checkpoints are not what this program is given
      const seen = ['entry', 'tile', 'root', 'signature', 'file'].some((word) => expects?.code.startsWith(`bundle.${word}`) === true);
      if (!seen && !name.startsWith('control')) continue;
      const { code } = await run(program, [place({ files }, 'attacked')]);
      if ((code === 0) !== name.startsWith('control')) told.push(name);
    }
    expect(told).toEqual([]);
  });
});

function place({ files }: Pick<SampleBundle, 'files'> | { readonly files: ReadonlyMap<string, Uint8Array> }, name: string): string {
  const target = join(folder, name);
  rmSync(target, { recursive: true, force: true });
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    writeFileSync(join(target, path), bytes);
  }
  return target;
}
