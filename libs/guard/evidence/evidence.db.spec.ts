import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EvidencePack, type ScanId, type TenantId, limits, scanIdSchema, tenantIdSchema } from '@lib/contract';
import { leafHash, merkleRoot } from '@lib/engine/tlog';
import { type Tenancy, openTenancy } from '@lib/guard/tenancy';
import { systemClock } from '@lib/platform/clock';
import { type Database, closeDatabase, openDatabase } from '@lib/platform/db';
import { type LocalKeyring, localKeyring } from '@lib/platform/kms';
import { type ObjectStore, folderStore, sha256Of } from '@lib/platform/objects';
import { type TestDatabase, testDatabase } from '../../../tools/testing/database.ts';
import { entryBytes } from './evidence-entry.ts';
import { packContext } from './open-pack.ts';
import { writePack } from './pack-format.ts';
import { type EvidenceEntry, findPack, listPacks, readEvidence, recordPack, sealPack, verifyPacks } from './index.ts';

let test: TestDatabase;
let pool: Database;
let tenancy: Tenancy;
let folder: string;
let kms: LocalKeyring;
let objects: ObjectStore;
let tenantId: TenantId;
let scanId: ScanId;
const context = () => ({ tenantId, actor: { type: 'worker', id: 'test' } }) as const;
const deps = () => ({ kms, objects, clock: systemClock, tenancy });

beforeAll(async () => {
  test = await testDatabase();
  pool = openDatabase({ url: test.urls.aegis_worker, poolMax: 4, applicationName: 'worker' });
  tenancy = openTenancy(pool);
  folder = await mkdtemp(join(tmpdir(), 'evidence-'));
  kms = await localKeyring({ folder: join(folder, 'keys') });
  const mac = (message: Uint8Array) => kms.mac('object-retention', message);
  objects = await folderStore({ folder: join(folder, 'store'), clock: systemClock, mac });
});
afterAll(async () => {
  await closeDatabase(pool);
  await test.drop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  tenantId = tenantIdSchema.parse(randomUUID());
  scanId = scanIdSchema.parse(randomUUID());
  const repository = randomUUID();
  await test.admin('insert into app.tenant (tenant_id, name) values ($1, $2)', [tenantId, 'test']);
  await test.admin(`insert into app.repository (tenant_id, id, name, source) values ($1, $2, 'r', '{}')`, [tenantId, repository]);
  await test.admin(`insert into app.scan (tenant_id, id, repository_id, requested_by) values ($1, $2, $3, 'test')`, [
    tenantId,
    scanId,
    repository,
  ]);
  await kms.createTenantKey(tenantId);
});

const hex = () => randomBytes(32).toString('hex');
const entries = (count: number): EvidenceEntry[] =>
  Array.from({ length: count }, (_, at) => ({
    v: 1,
    tenant: tenantId,
    scan: scanId,
    analyzer: { name: 'sast', version: '1.0.0' },
    rule: { id: 'js/sql-injection', version: 3 },
    fingerprint: hex(),
    fileSha256: hex(),
    location: { path: `src/näme-${String(at)}.ts`, startLine: at + 1, startColumn: 1, endLine: at + 1, endColumn: 9 },
    excerpt: { startLine: at + 1, lines: [`query("${'x'.repeat(at % 50)}")`] },
    flow: [],
  }));
const first = (packs: readonly EvidencePack[]): EvidencePack => {
  if (packs[0] === undefined) throw new Error('no pack');
  return packs[0];
};
/** Files of one object in the folder store, for those who own the disk. */
const objectFolder = (pack: EvidencePack) => join(folder, 'store', 'objects', `${pack.objectKey}=object`);
const overwrite = async (pack: EvidencePack, bytes: Uint8Array) => {
  await chmod(join(objectFolder(pack), 'bytes'), 0o600);
  await writeFile(join(objectFolder(pack), 'bytes'), bytes);
};

describe('sealing', () => {
  it('each_entry_reads_back_verified_from_its_place', async () => {
    const all = entries(25);
    const sealed = await sealPack(deps(), { tenantId, scanId, entries: all });
    expect(sealed.packs).toHaveLength(1);
    for (const [at, ref] of sealed.refs.entries()) {
      expect(ref.leafIndex).toBe(at);
      expect(ref.sha256).toBe(sha256Of(entryBytes(all[at]!)));
      expect(await readEvidence(deps(), { pack: first(sealed.packs), ref })).toEqual({ state: 'verified', entry: all[at] });
    }
  });

  it('the_root_is_the_rfc_6962_root_of_the_entries_and_names_the_object', async () => {
    const all = entries(7);
    const { packs } = await sealPack(deps(), { tenantId, scanId, entries: all });
    const root = Buffer.from(merkleRoot(all.map((entry) => leafHash(entryBytes(entry))))).toString('hex');
    expect(first(packs)).toMatchObject({ merkleRoot: root, objectKey: `evidence/${tenantId}/${scanId}/${root}.pack`, entryCount: 7 });
  });

  it('nothing_of_an_entry_is_readable_in_the_store', async () => {
    const all = entries(3);
    const { packs } = await sealPack(deps(), { tenantId, scanId, entries: all });
    const stored = await readFile(join(objectFolder(first(packs)), 'bytes'), 'latin1');
    for (const word of ['sql-injection', 'query', all[0]!.fingerprint]) expect(stored).not.toContain(word);
  });

  it('the_object_cannot_be_removed_before_its_date', async () => {
    const { packs } = await sealPack(deps(), { tenantId, scanId, entries: entries(1) });
    const pack = first(packs);
    expect(Date.parse(pack.retainUntil)).toBeGreaterThan(Date.now() + limits.retentionMsDefault - 60_000);
    const ref = { key: pack.objectKey, version: pack.objectVersion, sha256: pack.sha256 };
    expect(await objects.remove(ref)).toEqual({ ok: false, error: { code: 'objects.retained' } });
  });

  it('a_second_attempt_finds_the_first_ones_object_and_makes_the_same_record', async () => {
    const request = { tenantId, scanId, entries: entries(5) };
    const [one, two] = [await sealPack(deps(), request), await sealPack(deps(), request)];
    expect(two).toEqual(one);
    const raced = await Promise.all([sealPack(deps(), request), sealPack(deps(), request)]);
    for (const each of raced) expect(each).toEqual(one);
    for (const each of [one, two]) await tenancy.withTenant(context(), 'test', (tx) => recordPack(tx, each));
    expect(await tenancy.withTenant(context(), 'test', (tx) => listPacks(tx, undefined, 10))).toEqual(one.packs);
  });

  it('a_key_that_is_taken_by_other_bytes_is_a_conflict_and_not_accepted', async () => {
    const request = { tenantId, scanId, entries: entries(2) };
    const root = Buffer.from(merkleRoot(request.entries.map((entry) => leafHash(entryBytes(entry))))).toString('hex');
    const key = `evidence/${tenantId}/${scanId}/${root}.pack`;
    const plant = async (bytes: Uint8Array) => {
      const put = await objects.put({ key, bytes, sha256: sha256Of(bytes), retainUntilMs: undefined, context: { tenantId, purpose: 'x' } });
      if (!put.ok) throw new Error(put.error.code);
      return put.value;
    };
    const planted = await plant(Buffer.from('planted'));
    await expect(sealPack(deps(), request)).rejects.toMatchObject({ code: 'evidence.object_conflict' });
    await objects.remove(planted);
    // a true pack of this scan, sealed for this very key, with one entry less
    const sealed = await kms.encrypt(packContext(tenantId, key), writePack(request, [entryBytes(request.entries[0]!)]).bytes);
    await plant(sealed.ok ? sealed.value : Buffer.alloc(0));
    await expect(sealPack(deps(), request)).rejects.toThrow('other content');
  });

  it('a_large_pack_is_divided_and_every_entry_still_has_one_place', async () => {
    const all = entries(60);
    const sealed = await sealPack(deps(), { tenantId, scanId, entries: all, packBytesMax: 5_000 });
    expect(sealed.packs.length).toBeGreaterThan(3);
    expect(sealed.packs.reduce((sum, pack) => sum + pack.entryCount, 0)).toBe(60);
    for (const [at, ref] of sealed.refs.entries()) {
      const pack = sealed.packs.find(({ id }) => id === ref.packId);
      expect(await readEvidence(deps(), { pack: pack!, ref })).toEqual({ state: 'verified', entry: all[at] });
    }
  });

  it('a_scan_without_findings_seals_nothing_and_a_tenant_without_a_key_cannot_seal', async () => {
    expect(await sealPack(deps(), { tenantId, scanId, entries: [] })).toEqual({ packs: [], refs: [] });
    const keyless = tenantIdSchema.parse(randomUUID());
    await expect(sealPack(deps(), { tenantId: keyless, scanId, entries: entries(1) })).rejects.toMatchObject({
      code: 'evidence.not_sealed',
    });
  });
});

describe('reading', () => {
  it('any_flipped_byte_of_the_stored_object_is_a_mismatch', async () => {
    const { packs, refs } = await sealPack(deps(), { tenantId, scanId, entries: entries(1) });
    const pack = first(packs);
    const intact = await readFile(join(objectFolder(pack), 'bytes'));
    for (let at = 0; at < intact.length; at += 17) {
      const broken = Buffer.from(intact);
      broken.writeUInt8(broken.readUInt8(at) ^ 0x40, at);
      await overwrite(pack, broken);
      expect(await readEvidence(deps(), { pack, ref: refs[0]! })).toEqual({ state: 'mismatch', reason: 'objects.digest_mismatch' });
    }
  });

  it('a_forged_object_whose_digest_was_put_into_the_record_does_not_open', async () => {
    const { packs, refs } = await sealPack(deps(), { tenantId, scanId, entries: entries(1) });
    const forged = randomBytes(500);
    await overwrite(first(packs), forged);
    const pack = { ...first(packs), sha256: sha256Of(forged) };
    expect(await readEvidence(deps(), { pack, ref: refs[0]! })).toEqual({ state: 'mismatch', reason: 'kms.refused' });
  });

  it('a_record_that_was_changed_does_not_match_the_pack', async () => {
    const { packs, refs } = await sealPack(deps(), { tenantId, scanId, entries: entries(3) });
    const pack = first(packs);
    const ref = refs[1]!;
    for (const changed of [
      { sha256: refs[0]!.sha256 },
      { offset: ref.offset + 1 },
      { length: ref.length - 1 },
      { leafIndex: 0 },
      { leafIndex: 99 },
    ]) {
      expect(await readEvidence(deps(), { pack, ref: { ...ref, ...changed } })).toEqual({
        state: 'mismatch',
        reason: 'evidence.index_mismatch',
      });
    }
    expect(await readEvidence(deps(), { pack: { ...pack, merkleRoot: hex() }, ref })).toMatchObject({ reason: 'evidence.root_mismatch' });
    const other = await sealPack(deps(), { tenantId, scanId, entries: entries(1) });
    expect(await readEvidence(deps(), { pack, ref: other.refs[0]! })).toMatchObject({ reason: 'evidence.other_pack' });
  });

  it('another_tenants_pack_does_not_open_under_ones_own_key', async () => {
    const { packs, refs } = await sealPack(deps(), { tenantId, scanId, entries: entries(1) });
    const thief = tenantIdSchema.parse(randomUUID());
    await kms.createTenantKey(thief);
    expect(await readEvidence(deps(), { pack: { ...first(packs), tenantId: thief }, ref: refs[0]! })).toEqual({
      state: 'mismatch',
      reason: 'kms.refused',
    });
  });

  it('a_destroyed_key_and_a_missing_object_are_unavailable', async () => {
    const { packs, refs } = await sealPack(deps(), { tenantId, scanId, entries: entries(1) });
    const at = { pack: first(packs), ref: refs[0]! };
    await rename(objectFolder(at.pack), `${objectFolder(at.pack)}.gone`);
    expect(await readEvidence(deps(), at)).toEqual({ state: 'unavailable', reason: 'objects.absent' });
    await rename(`${objectFolder(at.pack)}.gone`, objectFolder(at.pack));
    expect(await readEvidence(deps(), at)).toMatchObject({ state: 'verified' });
    await kms.destroyTenantKey(tenantId);
    expect(await readEvidence(deps(), at)).toEqual({ state: 'unavailable', reason: 'kms.key_destroyed' });
  });
});

describe('the record', () => {
  it('other_tenants_packs_are_not_there_and_a_pack_of_another_tenant_is_not_recorded', async () => {
    const sealed = await sealPack(deps(), { tenantId, scanId, entries: entries(1) });
    await tenancy.withTenant(context(), 'test', (tx) => recordPack(tx, sealed));
    expect(await tenancy.withTenant(context(), 'test', (tx) => findPack(tx, first(sealed.packs).id))).toEqual(first(sealed.packs));
    const other = tenantIdSchema.parse(randomUUID());
    const stranger = { ...context(), tenantId: other };
    expect(await tenancy.withTenant(stranger, 'test', (tx) => findPack(tx, first(sealed.packs).id))).toBeUndefined();
    await expect(tenancy.withTenant(stranger, 'test', (tx) => recordPack(tx, sealed))).rejects.toThrow('tenant of the transaction');
  });

  it('verification_of_all_packs_names_the_one_that_was_changed_and_no_other', async () => {
    const sealed = await sealPack(deps(), { tenantId, scanId, entries: entries(40), packBytesMax: 5_000 });
    await tenancy.withTenant(context(), 'test', (tx) => recordPack(tx, sealed));
    expect(await verifyPacks(deps(), context())).toEqual({ packs: sealed.packs.length, entries: 40, failures: [] });
    const victim = sealed.packs[2]!;
    const intact = await readFile(join(objectFolder(victim), 'bytes'));
    await overwrite(victim, Buffer.concat([intact.subarray(0, -1), Buffer.of(intact.at(-1)! ^ 1)]));
    expect((await verifyPacks(deps(), context())).failures).toEqual([
      { packId: victim.id, state: 'mismatch', reason: 'objects.digest_mismatch' },
    ]);
    await overwrite(victim, intact);
    await test.admin('update app.evidence_pack set entry_count = entry_count + 1 where id = $1', [victim.id]);
    expect((await verifyPacks(deps(), context())).failures).toEqual([
      { packId: victim.id, state: 'mismatch', reason: 'evidence.index_mismatch' },
    ]);
  });
});
