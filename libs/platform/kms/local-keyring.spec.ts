import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { chmod, copyFile, cp, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TenantId, forgeAppIdSchema, tenantIdSchema } from '@lib/contract';
import { localKeyring, sealingKeyring } from './index.ts';

let folder: string;
let tenantId: TenantId;
const newTenant = () => tenantIdSchema.parse(randomUUID());
const context = () => ({ tenantId, purpose: 'evidence-pack', objectId: 'a', version: 1 });
const plain = Buffer.from('plain');
const dataFile = (id = tenantId) => join(folder, 'tenants', `${id}.seal.json`);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyring-'));
  tenantId = newTenant();
});
afterEach(() => rm(folder, { recursive: true }));

it('key_files_are_readable_by_their_owner_alone_and_no_temporary_file_stays', async () => {
  const kms = await localKeyring({ folder });
  await kms.createTenantKey(tenantId);
  const names = await readdir(folder, { recursive: true });
  expect(names.toSorted()).toEqual([
    'opening',
    'opening/root.key',
    'opening/tenants',
    `opening/tenants/${tenantId}.json`,
    `opening/tenants/${tenantId}.records.json`,
    'root.key',
    'tenants',
    `tenants/${tenantId}.log.json`,
    `tenants/${tenantId}.seal-records.json`,
    `tenants/${tenantId}.seal.json`,
  ]);
  for (const name of names) {
    const facts = await stat(join(folder, name));
    expect((facts.mode & 0o077).toString(8), name).toBe('0');
  }
});

it('a_key_file_that_others_may_read_is_refused', async () => {
  const kms = await localKeyring({ folder });
  await kms.createTenantKey(tenantId);
  await chmod(dataFile(), 0o644);
  await expect((await localKeyring({ folder })).encrypt(context(), plain)).rejects.toMatchObject({ code: 'kms.keyring_exposed' });
});

it('a_second_process_reads_what_the_first_sealed_and_sees_its_destruction_at_once', async () => {
  const [first, second] = await Promise.all([localKeyring({ folder }), localKeyring({ folder })]);
  await first.createTenantKey(tenantId);
  const sealed = await first.encrypt(context(), plain);
  if (!sealed.ok) throw new Error(sealed.error.code);
  expect(await second.decrypt(context(), sealed.value)).toMatchObject({ ok: true });
  await first.destroyTenantKey(tenantId, 'evidence');
  expect(await second.decrypt(context(), sealed.value)).toEqual({ ok: false, error: { code: 'kms.key_destroyed' } });
});

it('a_flipped_byte_anywhere_in_a_key_file_is_one_clear_fault', async () => {
  const kms = await localKeyring({ folder });
  await kms.createTenantKey(tenantId);
  const intact = await readFile(dataFile());
  for (let at = 0; at < intact.length; at += 1) {
    const broken = Buffer.from(intact);
    broken.writeUInt8(broken.readUInt8(at) ^ 1, at);
    await writeFile(dataFile(), broken);
    const reader = await localKeyring({ folder });
    await expect(reader.encrypt(context(), plain), `byte ${at}`).rejects.toMatchObject({ code: 'kms.keyring_corrupt' });
  }
  for (const broken of ['', '{}', 'null', '[]']) {
    await writeFile(dataFile(), broken);
    await expect((await localKeyring({ folder })).encrypt(context(), plain)).rejects.toMatchObject({ code: 'kms.keyring_corrupt' });
  }
});

it('a_key_file_copied_over_another_tenants_is_a_fault', async () => {
  const kms = await localKeyring({ folder });
  const other = newTenant();
  await kms.createTenantKey(tenantId);
  await kms.createTenantKey(other);
  await copyFile(dataFile(other), dataFile());
  await expect(kms.encrypt(context(), plain)).rejects.toMatchObject({ code: 'kms.keyring_corrupt' });
  // also when the label inside is changed to fit
  await writeFile(dataFile(), (await readFile(dataFile(), 'utf8')).replaceAll(other, tenantId));
  await expect(kms.encrypt(context(), plain)).rejects.toMatchObject({ code: 'kms.keyring_corrupt' });
});

it('a_lost_or_damaged_root_key_is_a_fault_and_never_replaced_by_a_new_one', async () => {
  await (await localKeyring({ folder })).createTenantKey(tenantId);
  const root = join(folder, 'root.key');
  const intact = await readFile(root);
  await writeFile(root, intact.subarray(0, -5));
  await expect(localKeyring({ folder })).rejects.toMatchObject({ code: 'kms.keyring_corrupt' });
  await rm(root);
  await expect(localKeyring({ folder })).rejects.toMatchObject({ code: 'kms.keyring_corrupt' });
  await writeFile(root, intact.toString('latin1').replace(/[0-9a-f]{64}/u, randomBytes(32).toString('hex')), { mode: 0o600 });
  await expect((await localKeyring({ folder })).encrypt(context(), plain)).rejects.toMatchObject({ code: 'kms.keyring_corrupt' });
});

it('faults_and_printed_keyrings_carry_no_key_material', async () => {
  const kms = await localKeyring({ folder });
  await kms.createTenantKey(tenantId);
  const root = (await readFile(join(folder, 'root.key'), 'latin1')).split('\n')[1] ?? '';
  await kms.encrypt(context(), plain);
  const file = await readFile(dataFile(), 'utf8');
  await writeFile(dataFile(), `${file}!`);
  const fault: unknown = await kms.encrypt(context(), plain).catch((error: unknown) => error);
  const printed = inspect([kms, fault], { depth: 12, showHidden: true });
  expect(printed).toContain('kms.keyring_corrupt');
  expect(printed).not.toContain(root);
  expect(printed).not.toContain(/"wrapped":"(.{20})/u.exec(file)?.[1]);
});

it('the_shredded_bytes_are_gone_from_the_folder', async () => {
  const kms = await localKeyring({ folder });
  await kms.createTenantKey(tenantId);
  const openingFile = join(folder, 'opening', 'tenants', `${tenantId}.json`);
  const wrapped = /"wrapped":"([^"]+)"/u.exec(await readFile(openingFile, 'utf8'))?.[1] ?? '';
  expect(wrapped.length).toBeGreaterThan(40);
  await kms.destroyTenantKey(tenantId, 'evidence');
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const contents = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')));
  expect(contents.join('')).not.toContain(wrapped);
});

it('the_sealing_side_seals_without_the_opening_half_and_with_all_that_it_has_nobody_opens', async () => {
  const whole = await localKeyring({ folder });
  await whole.createTenantKey(tenantId);
  const opening = join(folder, 'opening');
  const taken = await mkdtemp(join(tmpdir(), 'taken-'));
  await rename(opening, join(taken, 'opening'));
  const sealer = await sealingKeyring({ folder });
  expect(Object.keys(sealer).toSorted()).toEqual([
    'conceal',
    'encrypt',
    'keyerOf',
    'mac',
    'publicKey',
    'reveal',
    'seal',
    'sign',
    'storeKeyOf',
  ]);
  const sealed = await sealer.encrypt(context(), plain);
  if (!sealed.ok) throw new Error(sealed.error.code);
  // a thief with a copy of all that the worker has
  const copy = join(taken, 'copy');
  await cp(folder, copy, { recursive: true });
  expect(await (await localKeyring({ folder: copy })).decrypt(context(), sealed.value)).toEqual({
    ok: false,
    error: { code: 'kms.key_absent' },
  });
  await rename(join(taken, 'opening'), opening);
  expect(await (await localKeyring({ folder })).decrypt(context(), sealed.value)).toMatchObject({ ok: true });
  await rm(taken, { recursive: true });
});

it('a_secret_opens_in_its_own_place_alone_and_for_both_sides', async () => {
  const [sealer, whole] = [await sealingKeyring({ folder }), await localKeyring({ folder })];
  const secret = Buffer.from('of a place outside');
  const sealed = await whole.conceal('tenant/a/sink/1', secret);
  expect(Buffer.from(sealed).includes(secret)).toBe(false);
  expect(await sealer.reveal('tenant/a/sink/1', sealed)).toEqual({ ok: true, value: secret });
  const refused = { ok: false, error: { code: 'kms.refused' } };
  expect(await sealer.reveal('tenant/b/sink/1', sealed)).toEqual(refused);
  for (let at = 0; at < sealed.length; at += 1) {
    const altered = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ 1 : byte));
    expect(await sealer.reveal('tenant/a/sink/1', altered), `byte ${at}`).toEqual(refused);
  }
});

it('a_lost_opening_half_is_a_fault_and_never_replaced_by_a_new_one', async () => {
  await (await localKeyring({ folder })).createTenantKey(tenantId);
  await rm(join(folder, 'opening'), { recursive: true });
  const reopened = await localKeyring({ folder });
  await expect(reopened.createTenantKey(tenantId)).rejects.toMatchObject({ code: 'kms.keyring_corrupt' });
});

it('the_file_of_an_imported_forge_key_holds_no_pem', async () => {
  const kms = await localKeyring({ folder });
  const appId = forgeAppIdSchema.parse(randomUUID());
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  await kms.importForgeKey({ purpose: 'forge', tenantId, appId }, pem);
  const kept = await readFile(join(folder, 'tenants', `${tenantId}.forge-${appId}.json`), 'utf8');
  expect(kept).not.toContain('PRIVATE');
  expect(kept).not.toContain(pem.split('\n')[3]);
});
