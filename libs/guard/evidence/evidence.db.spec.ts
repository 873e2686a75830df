import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EvidencePack, type ScanId, type TenantId, limits, scanIdSchema, tenantIdSchema } from '@lib/contract';
import { leafHash, merkleRoot } from '@lib/engine/tlog';
import { type Tenancy, openTenancy } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import { type Database, closeDatabase, openDatabase } from '@lib/platform/db';
import { type LocalKeyring, localKeyring } from '@lib/platform/kms';
import { type ObjectStore, folderStore, sha256Of } from '@lib/platform/objects';
import { type TestDatabase, testDatabase } from '../../../tools/testing/database.ts';
import { entryBytes } from './evidence-entry.ts';
import {
  type EvidenceEntry,
  type PackVerdict,
  confirmKept,
  findPack,
  markExpired,
  readEvidence,
  recordPack,
  sealPack,
  verifyPacks,
} from './index.ts';

let test: TestDatabase;
let pool: Database;
let tenancy: Tenancy;
let folder: string;
let kms: LocalKeyring;
let objects: ObjectStore;
let tenantId: TenantId;
let scanId: ScanId;
const context = () => ({ tenantId, actor: { type: 'worker', id: 'test' }, pass: test.pass(tenantId) }) as const;
const now = () => ({ sealedAtMs: Date.now() });
const deps = () => ({ kms, objects, ids: systemIds, tenancy });

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
    v: 2,
    tenant: tenantId,
    scan: scanId,
    source: { treeSha256: hex(), commit: null },
    analyzer: { name: 'sast', version: '1.0.0', ruleDigest: hex() },
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
    const sealed = await sealPack(deps(), { ...now(), tenantId, scanId, entries: all });
    expect(sealed.packs).toHaveLength(1);
    for (const [at, ref] of sealed.refs.entries()) {
      expect(ref.leafIndex).toBe(at);
      expect(ref.sha256).toBe(sha256Of(entryBytes(all[at]!)));
      expect(await readEvidence(deps(), { pack: first(sealed.packs), ref })).toEqual({ state: 'verified', entry: all[at] });
    }
  });

  it('the_root_is_the_rfc_6962_root_of_the_entries_and_the_object_is_named_after_the_pack', async () => {
    const all = entries(7);
    const { packs } = await sealPack(deps(), { ...now(), tenantId, scanId, entries: all });
    const root = Buffer.from(merkleRoot(all.map((entry) => leafHash(createHash('sha256').update(entryBytes(entry)).digest())))).toString(
      'hex',
    );
    const { id } = first(packs);
    expect(first(packs)).toMatchObject({ merkleRoot: root, objectKey: `evidence/${tenantId}/${scanId}/${id}.pack`, entryCount: 7 });
  });

  it('nothing_of_an_entry_is_readable_in_the_store', async () => {
    const all = entries(3);
    const { packs } = await sealPack(deps(), { ...now(), tenantId, scanId, entries: all });
    const stored = await readFile(join(objectFolder(first(packs)), 'bytes'), 'latin1');
    for (const word of ['sql-injection', 'query', all[0]!.fingerprint]) expect(stored).not.toContain(word);
  });

  it('the_object_cannot_be_removed_before_its_date', async () => {
    const { packs } = await sealPack(deps(), { ...now(), tenantId, scanId, entries: entries(1) });
    const pack = first(packs);
    expect(Date.parse(pack.retainUntil)).toBeGreaterThan(Date.now() + limits.retentionMsDefault - 60_000);
    const ref = { key: pack.objectKey, version: pack.objectVersion, sha256: pack.sha256 };
    expect(await objects.remove(ref)).toEqual({ ok: false, error: { code: 'objects.retained' } });
  });

  it('a_second_attempt_seals_the_same_root_in_an_object_of_its_own_and_looks_at_no_other', async () => {
    const request = { ...now(), tenantId, scanId, entries: entries(5) };
    const writeOnly = {
      ...deps(),
      objects: { put: objects.put },
      kms: { encrypt: kms.encrypt, seal: kms.seal, storeKeyOf: kms.storeKeyOf },
    };
    const attempts = await Promise.all([sealPack(writeOnly, request), sealPack(writeOnly, request)]);
    const [one, two] = [first(attempts[0].packs), first(attempts[1].packs)];
    expect(two.merkleRoot).toBe(one.merkleRoot);
    expect(two.objectKey).not.toBe(one.objectKey);
    for (const [at, pack] of [one, two].entries()) {
      expect(await readEvidence(deps(), { pack, ref: attempts[at]!.refs[4]! })).toMatchObject({ state: 'verified' });
    }
    const places = (at: number) => attempts[at]!.refs.map(({ offset, length, sha256, leafIndex }) => [offset, length, sha256, leafIndex]);
    expect(places(1)).toEqual(places(0));
  });

  it('whoever_writes_first_with_the_writers_own_rights_is_neither_cited_nor_in_the_way', async () => {
    // an attacker with the worker's identity fills the scan's folder, also with a true pack of this scan that lacks an entry
    const request = { ...now(), tenantId, scanId, entries: entries(3) };
    const planted = await sealPack(deps(), { ...request, entries: request.entries.slice(1) });
    const junk = Buffer.from('planted');
    const put = await objects.put({
      key: `evidence/${tenantId}/${scanId}/${randomUUID()}.pack`,
      bytes: junk,
      sha256: sha256Of(junk),
      retainUntilMs: Date.now() + 60_000,
      context: { tenantId, purpose: 'x' },
    });
    expect(put.ok).toBe(true);
    const sealed = await sealPack(deps(), request);
    expect(first(sealed.packs).objectKey).not.toBe(first(planted.packs).objectKey);
    for (const [at, ref] of sealed.refs.entries()) {
      expect(await readEvidence(deps(), { pack: first(sealed.packs), ref })).toEqual({ state: 'verified', entry: request.entries[at] });
    }
    // the planted true pack does not open in the place of the cited one
    const moved = { ...first(sealed.packs), objectKey: first(planted.packs).objectKey, objectVersion: first(planted.packs).objectVersion };
    expect(await readEvidence(deps(), { pack: moved, ref: sealed.refs[0]! })).toEqual({
      state: 'mismatch',
      reason: 'objects.digest_mismatch',
    });
  });

  it('every_entry_names_tree_commit_file_analyzer_rules_and_rule', async () => {
    const [entry] = entries(1);
    const { packs, refs } = await sealPack(deps(), {
      ...now(),
      tenantId,
      scanId,
      entries: [{ ...entry!, source: { treeSha256: hex(), commit: 'a'.repeat(40) } }],
    });
    const reading = await readEvidence(deps(), { pack: first(packs), ref: refs[0]! });
    expect(reading).toMatchObject({
      entry: {
        source: { treeSha256: expect.stringMatching(/^[0-9a-f]{64}$/u) as unknown, commit: 'a'.repeat(40) },
        fileSha256: entry!.fileSha256,
        analyzer: { name: 'sast', version: '1.0.0', ruleDigest: entry!.analyzer.ruleDigest },
        rule: { id: 'js/sql-injection', version: 3 },
      },
    });
  });

  it('a_large_pack_is_divided_and_every_entry_still_has_one_place', async () => {
    const all = entries(60);
    const sealed = await sealPack(deps(), { ...now(), tenantId, scanId, entries: all, packBytesMax: 5_000 });
    expect(sealed.packs.length).toBeGreaterThan(3);
    expect(sealed.packs.reduce((sum, pack) => sum + pack.entryCount, 0)).toBe(60);
    for (const [at, ref] of sealed.refs.entries()) {
      const pack = sealed.packs.find(({ id }) => id === ref.packId);
      expect(await readEvidence(deps(), { pack: pack!, ref })).toEqual({ state: 'verified', entry: all[at] });
    }
  });

  it('a_scan_without_findings_seals_nothing_and_a_tenant_without_a_key_cannot_seal', async () => {
    expect(await sealPack(deps(), { ...now(), tenantId, scanId, entries: [] })).toEqual({ packs: [], refs: [] });
    const keyless = tenantIdSchema.parse(randomUUID());
    await expect(sealPack(deps(), { ...now(), tenantId: keyless, scanId, entries: entries(1) })).rejects.toMatchObject({
      code: 'evidence.not_sealed',
    });
  });
});

describe('reading', () => {
  it('any_flipped_byte_of_the_stored_object_is_a_mismatch', async () => {
    const { packs, refs } = await sealPack(deps(), { ...now(), tenantId, scanId, entries: entries(1) });
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
    const { packs, refs } = await sealPack(deps(), { ...now(), tenantId, scanId, entries: entries(1) });
    const forged = randomBytes(500);
    await overwrite(first(packs), forged);
    const pack = { ...first(packs), sha256: sha256Of(forged) };
    expect(await readEvidence(deps(), { pack, ref: refs[0]! })).toEqual({ state: 'mismatch', reason: 'kms.refused' });
  });

  it('a_record_that_was_changed_does_not_match_the_pack', async () => {
    const { packs, refs } = await sealPack(deps(), { ...now(), tenantId, scanId, entries: entries(3) });
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
    const other = await sealPack(deps(), { ...now(), tenantId, scanId, entries: entries(1) });
    expect(await readEvidence(deps(), { pack, ref: other.refs[0]! })).toMatchObject({ reason: 'evidence.other_pack' });
  });

  it('another_tenants_pack_does_not_open_under_ones_own_key', async () => {
    const { packs, refs } = await sealPack(deps(), { ...now(), tenantId, scanId, entries: entries(1) });
    const thief = tenantIdSchema.parse(randomUUID());
    await kms.createTenantKey(thief);
    expect(await readEvidence(deps(), { pack: { ...first(packs), tenantId: thief }, ref: refs[0]! })).toEqual({
      state: 'mismatch',
      reason: 'kms.refused',
    });
  });

  it('an_object_that_is_gone_before_its_date_is_missing_and_a_destroyed_key_makes_it_unavailable', async () => {
    const { packs, refs } = await sealPack(deps(), { ...now(), tenantId, scanId, entries: entries(1) });
    const at = { pack: first(packs), ref: refs[0]! };
    await rename(objectFolder(at.pack), `${objectFolder(at.pack)}.gone`);
    expect(await readEvidence(deps(), at)).toEqual({ state: 'missing', reason: 'objects.absent' });
    await rename(`${objectFolder(at.pack)}.gone`, objectFolder(at.pack));
    expect(await readEvidence(deps(), at)).toMatchObject({ state: 'verified' });
    await kms.destroyTenantKey(tenantId, 'evidence');
    expect(await readEvidence(deps(), at)).toEqual({ state: 'unavailable', reason: 'kms.key_destroyed' });
  });
});

describe('the record', () => {
  it('other_tenants_packs_are_not_there_and_a_pack_of_another_tenant_is_not_recorded', async () => {
    const sealed = await sealPack(deps(), { ...now(), tenantId, scanId, entries: entries(1) });
    await tenancy.withTenant(context(), 'test', (tx) => recordPack(tx, sealed));
    expect(await tenancy.withTenant(context(), 'test', (tx) => findPack(tx, first(sealed.packs).id))).toEqual(first(sealed.packs));
    const other = tenantIdSchema.parse(randomUUID());
    const stranger = { ...context(), tenantId: other, pass: test.pass(other) };
    expect(await tenancy.withTenant(stranger, 'test', (tx) => findPack(tx, first(sealed.packs).id))).toBeUndefined();
    await expect(tenancy.withTenant(stranger, 'test', (tx) => recordPack(tx, sealed))).rejects.toThrow('tenant of the transaction');
  });

  it('verification_of_all_packs_names_the_one_that_was_changed_and_no_other', async () => {
    const sealed = await sealPack(deps(), { ...now(), tenantId, scanId, entries: entries(40), packBytesMax: 5_000 });
    await tenancy.withTenant(context(), 'test', (tx) => recordPack(tx, sealed));
    const told: string[] = [];
    const onPack = (verdict: PackVerdict) => Promise.resolve(void told.push(`${verdict.pack.id} ${verdict.state}`));
    expect(await verifyPacks({ ...deps(), onPack }, context())).toEqual({
      packs: sealed.packs.length,
      entries: 40,
      expired: 0,
      failures: [],
    });
    expect(told.toSorted()).toEqual(sealed.packs.map(({ id }) => `${id} verified`).toSorted());
    const victim = sealed.packs[2]!;
    const failures = async () => (await verifyPacks(deps(), context())).failures.map(({ pack, state, reason }) => [pack.id, state, reason]);
    const intact = await readFile(join(objectFolder(victim), 'bytes'));
    await overwrite(victim, Buffer.concat([intact.subarray(0, -1), Buffer.of(intact.at(-1)! ^ 1)]));
    expect(await failures()).toEqual([[victim.id, 'mismatch', 'objects.digest_mismatch']]);
    await overwrite(victim, intact);
    await rename(objectFolder(victim), `${objectFolder(victim)}.gone`);
    expect(await failures()).toEqual([[victim.id, 'missing', 'objects.absent']]);
    await rename(`${objectFolder(victim)}.gone`, objectFolder(victim));
    await asOwner('update app.evidence_pack set entry_count = entry_count + 1 where id = $1', [victim.id]);
    expect(await failures()).toEqual([[victim.id, 'mismatch', 'evidence.index_mismatch']]);
  });

  it('verification_finds_a_date_that_an_older_sidecar_brought_back', async () => {
    const sealed = await sealPack(deps(), { ...now(), tenantId, scanId, entries: entries(1) });
    const pack = first(sealed.packs);
    await tenancy.withTenant(context(), 'test', (tx) => recordPack(tx, sealed));
    const sidecar = join(objectFolder(pack), 'facts');
    const older = await readFile(sidecar);
    const ref = { key: pack.objectKey, version: pack.objectVersion, sha256: pack.sha256 };
    const further = Date.parse(pack.retainUntil) + 86_400_000;
    expect((await objects.extendRetention(ref, further)).ok).toBe(true);
    await tenancy.withTenant(context(), 'test', (tx) =>
      confirmKept(tx, pack.id, { retainUntil: new Date(further).toISOString(), held: false }),
    );
    expect((await verifyPacks(deps(), context())).failures).toEqual([]);
    await chmod(sidecar, 0o600);
    await writeFile(sidecar, older);
    expect((await verifyPacks(deps(), context())).failures).toMatchObject([{ reason: 'evidence.retention_shortened' }]);
  });
});

describe('the row of a pack', () => {
  const sealedRow = async () => {
    const sealed = await sealPack(deps(), { ...now(), tenantId, scanId, entries: entries(1) });
    await tenancy.withTenant(context(), 'test', (tx) => recordPack(tx, sealed));
    return first(sealed.packs).id;
  };
  it.each([
    ['a date closer', "retain_until = retain_until - interval '1 second'"],
    ['a wish for a date closer', "retain_wanted = retain_until - interval '1 second'"],
    ['expiry before the date', 'expired_at = now()'],
    ['another object', "object_key = 'evidence/other'"],
    ['another version', "object_version = 'v2'"],
    ['another digest', "sha256 = sha256('x')"],
    ['another root', "merkle_root = sha256('x')"],
    ['another count', 'entry_count = 99'],
  ])('takes_no_%s_from_anyone_not_even_the_owner_of_the_database', async (_name, change) => {
    const id = await sealedRow();
    await expect(test.admin(`update app.evidence_pack set ${change} where id = $1`, [id])).rejects.toMatchObject({ sqlState: '55000' });
  });

  it('expires_only_by_the_databases_clock_and_never_while_it_is_held_or_to_be_kept', async () => {
    const id = await sealedRow();
    const past = "update app.evidence_pack set retain_until = now() - interval '1 minute' where id = $1";
    await asOwner(past, [id]);
    await test.admin("update app.evidence_pack set hold = 'placing', hold_reason = 'case 1' where id = $1", [id]);
    await expect(test.admin('update app.evidence_pack set expired_at = now() where id = $1', [id])).rejects.toMatchObject({
      sqlState: '55000',
    });
    expect(await tenancy.withTenant(context(), 'test', (tx) => markExpired(tx, scanId))).toEqual([]);
    await test.admin("update app.evidence_pack set hold = 'none', hold_reason = null where id = $1", [id]);
    expect(await tenancy.withTenant(context(), 'test', (tx) => markExpired(tx, scanId))).toEqual([id]);
    await expect(test.admin('update app.evidence_pack set expired_at = null where id = $1', [id])).rejects.toMatchObject({
      sqlState: '55000',
    });
  });
});

/** What only whoever owns the database can do: switch the guard of the table off. */
async function asOwner(text: string, values: readonly unknown[]): Promise<void> {
  await test.admin('alter table app.evidence_pack disable trigger keep_evidence', []);
  await test.admin(text, [...values]);
  await test.admin('alter table app.evidence_pack enable trigger keep_evidence', []);
}
