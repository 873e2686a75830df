import { createHmac, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readFile, readdir, rename, rm, stat, utimes, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tenantIdSchema } from '@lib/contract';
import { systemClock } from '@lib/platform/clock';
import { describeObjectStore } from '../../../tools/testing/object-store-contract.ts';
import { type FolderStoreOptions, type PutRequest, folderStore, sha256Of } from './index.ts';

const mac = (message: Uint8Array) => createHmac('sha256', 'test key').update(message).digest();
const openIn = (folder: string, changes: Partial<FolderStoreOptions> = {}) => folderStore({ folder, clock: systemClock, mac, ...changes });

describeObjectStore('folder store', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'objects-'));
  return { store: await openIn(folder), end: () => rm(folder, { recursive: true }) };
});

describe('folder store on disk', () => {
  let folder: string;
  const bytes = Buffer.from('evidence');
  const request: PutRequest = {
    key: 'a/b',
    bytes,
    sha256: sha256Of(bytes),
    retainUntilMs: Date.now() + 3_600_000,
    context: { tenantId: tenantIdSchema.parse(randomUUID()), purpose: 'test' },
  };
  const inObject = (name: string) => join(folder, 'objects', 'a', 'b=object', name);
  const replace = async (name: string, content: Uint8Array | string) => {
    await chmod(inObject(name), 0o600);
    await writeFile(inObject(name), content);
  };
  const put = async () => {
    const stored = await (await openIn(folder)).put(request);
    if (!stored.ok) throw new Error(stored.error.code);
    return stored.value;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'objects-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('files_are_read_only_and_for_their_owner_alone', async () => {
    await put();
    for (const name of ['bytes', 'facts']) expect((await stat(inObject(name))).mode & 0o777).toBe(0o400);
    for (const path of ['objects', 'objects/a', 'objects/a/b=object', 'staging'])
      expect((await stat(join(folder, path))).mode & 0o077).toBe(0);
    expect(await readdir(join(folder, 'staging'))).toEqual([]);
  });

  it('any_flipped_byte_of_the_object_is_found_at_the_read', async () => {
    const stored = await put();
    const store = await openIn(folder);
    for (let at = 0; at < bytes.length; at += 1) {
      const broken = Buffer.from(bytes);
      broken.writeUInt8(broken.readUInt8(at) ^ 1, at);
      await replace('bytes', broken);
      expect(await store.get(stored)).toEqual({ ok: false, error: { code: 'objects.digest_mismatch' } });
    }
  });

  it('any_flipped_byte_of_the_sidecar_is_found_and_frees_nothing', async () => {
    const stored = await put();
    const store = await openIn(folder);
    const facts = await readFile(inObject('facts'));
    for (let at = 0; at < facts.length; at += 1) {
      const broken = Buffer.from(facts);
      broken.writeUInt8(broken.readUInt8(at) ^ 1, at);
      await replace('facts', broken);
      expect(await store.lockOf(stored), `byte ${String(at)}`).toEqual({ ok: false, error: { code: 'objects.tampered' } });
      expect(await store.remove(stored)).toEqual({ ok: false, error: { code: 'objects.tampered' } });
    }
    await replace('facts', facts.toString().replace(/"retainUntilMs":\d+/u, '"retainUntilMs":null'));
    expect(await store.remove(stored)).toEqual({ ok: false, error: { code: 'objects.tampered' } });
  });

  it('a_sidecar_whose_mac_is_spelled_in_another_way_is_not_as_it_was_written', async () => {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const stored = await put();
    const facts = (await readFile(inObject('facts'))).toString();
    // 32 bytes end in two bits that decoding drops: three other letters mean the same bytes
    const [, last = ''] = /(.)="/u.exec(facts) ?? [];
    const others = letters.split('').filter((letter) => letter !== last && letters.indexOf(letter) >> 2 === letters.indexOf(last) >> 2);
    expect(others).toHaveLength(3);
    const store = await openIn(folder);
    for (const letter of others) {
      await replace('facts', facts.replace(`${last}="`, `${letter}="`));
      expect(await store.lockOf(stored)).toEqual({ ok: false, error: { code: 'objects.tampered' } });
    }
  });

  it('an_object_moved_to_another_key_is_not_that_key', async () => {
    const stored = await put();
    await rename(join(folder, 'objects', 'a', 'b=object'), join(folder, 'objects', 'a', 'c=object'));
    const store = await openIn(folder);
    expect(await store.get({ ...stored, key: 'a/c' })).toEqual({ ok: false, error: { code: 'objects.tampered' } });
    expect(await store.get(stored)).toEqual({ ok: false, error: { code: 'objects.absent' } });
  });

  it('a_disk_that_runs_full_in_the_middle_is_a_fault_and_leaves_nothing', async () => {
    const full = await openIn(folder, {
      writeBytes: async (file, content) => {
        await file.write(content.subarray(0, 3));
        throw Object.assign(new Error('write failed'), { code: 'ENOSPC' });
      },
    });
    await expect(full.put(request)).rejects.toMatchObject({ code: 'objects.disk_full' });
    expect(await full.list({ prefix: '', itemsMax: 10 })).toEqual({ items: [], nextCursor: undefined });
    expect(await readdir(join(folder, 'staging'))).toEqual([]);
    expect(await put()).toMatchObject({ key: 'a/b' });
  });

  it('what_a_crash_left_is_never_an_object_and_is_swept_after_a_day', async () => {
    const staging = join(folder, 'staging');
    for (const [name, ageMs] of Object.entries({ old: 90_000_000, fresh: 0 })) {
      await mkdir(join(staging, name), { recursive: true });
      await writeFile(join(staging, name, 'bytes'), bytes.subarray(0, 3));
      const at = new Date(Date.now() - ageMs);
      await utimes(join(staging, name), at, at);
    }
    const store = await openIn(folder);
    expect(await store.list({ prefix: '', itemsMax: 10 })).toEqual({ items: [], nextCursor: undefined });
    expect(await readdir(staging)).toEqual(['fresh']);
  });

  it('a_folder_that_cannot_be_read_is_a_fault_without_its_path', async () => {
    const stored = await put();
    await chmod(inObject('bytes'), 0o600);
    await rm(inObject('bytes'));
    await mkdir(inObject('bytes'));
    const fault: unknown = await (await openIn(folder)).get(stored).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'objects.unavailable' });
    expect(String(fault)).not.toContain(folder);
  });
});
