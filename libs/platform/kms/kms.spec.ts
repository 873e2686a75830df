import { createHash, generateKeyPairSync, randomBytes, randomUUID, verify } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forgeAppIdSchema, tenantIdSchema } from '@lib/contract';
import { type KmsServer, startKmsServer } from '../../../tools/testing/kms-server.ts';
import { type EnvelopeContext, type Kms, awsKms, localKeyring } from './index.ts';

type Subject = { readonly kms: Kms; readonly end: () => Promise<void> };

/** One suite for both stores of keys; the remote one is held to it at protocol level, against a server of ours. */
const subjects: { readonly name: string; readonly open: () => Promise<Subject> }[] = [
  {
    name: 'local keyring',
    open: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'keyring-'));
      const kms = await localKeyring({ folder });
      return { kms, end: () => rm(folder, { recursive: true }) };
    },
  },
  {
    name: 'AWS KMS adapter, protocol test',
    open: async () => {
      const server = await startKmsServer();
      return { kms: awsKms(optionsFor(server)), end: server.stop };
    },
  },
];

const optionsFor = (server: KmsServer) => ({
  client: { region: 'eu-central-1', endpoint: server.endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } },
  tenantAliasPrefix: 'alias/aegis/tenant-',
  auditLogKeyId: server.auditLogKeyId,
});
const newTenant = () => tenantIdSchema.parse(randomUUID());
const valueOf = <T>(result: { ok: true; value: T } | { ok: false; error: { code: string } }): T => {
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
};
const refused = (code: string) => ({ ok: false, error: { code } });

describe.each(subjects)('$name', ({ open }) => {
  const tenantId = newTenant();
  const context: EnvelopeContext = { tenantId, purpose: 'evidence-pack', objectId: 'evidence/a', version: 1 };
  const plain = randomBytes(10_000);
  let subject: Subject;
  let kms: Kms;
  let sealed: Uint8Array;

  beforeAll(async () => {
    subject = await open();
    kms = subject.kms;
    valueOf(await kms.createTenantKey(tenantId));
    sealed = valueOf(await kms.encrypt(context, plain));
  });
  afterAll(() => subject.end());

  it('equal_secrets_of_one_tenant_have_one_digest_and_those_of_two_tenants_have_nothing_in_common', async () => {
    const owner = newTenant();
    valueOf(await kms.createTenantKey(owner));
    const [ours, again, theirs] = [await kms.keyerOf(owner), await kms.keyerOf(owner), await kms.keyerOf(newTenant())].map(valueOf);
    if (ours === undefined) return; // no such keys are kept here
    const digest = createHash('sha256').update('a secret').digest('hex');
    expect(again?.(digest)).toBe(ours(digest));
    expect(theirs?.(digest)).not.toBe(ours(digest));
    expect(ours(digest)).not.toBe(digest);
    expect(ours(createHash('sha256').update('another').digest('hex'))).not.toBe(ours(digest));
    await kms.destroyTenantKey(owner, 'records');
    expect(await kms.keyerOf(owner)).toMatchObject(refused('kms.key_destroyed'));
  });

  it('signs_for_the_log_of_logs_with_one_key_that_is_no_tenants', async () => {
    const message = Buffer.from('checkpoint');
    const publicKey = valueOf(await kms.publicKey({ purpose: 'audit-logs' }));
    expect(valueOf(await kms.publicKey({ purpose: 'audit-logs' })).equals(publicKey)).toBe(true);
    expect(verify(null, message, publicKey, valueOf(await kms.sign({ purpose: 'audit-logs' }, message)))).toBe(true);
    await kms.destroyTenantKey(newTenant(), 'evidence');
    expect((await kms.publicKey({ purpose: 'audit-logs' })).ok).toBe(true);
  });

  it('what_was_sealed_opens_to_the_same_bytes', async () => {
    expect(Buffer.from(valueOf(await kms.decrypt(context, sealed))).equals(plain)).toBe(true);
    const empty = valueOf(await kms.encrypt(context, Buffer.alloc(0)));
    expect(valueOf(await kms.decrypt(context, empty))).toHaveLength(0);
  });

  it('an_object_sealed_in_parts_opens_to_all_of_them_and_comes_with_its_own_digest', async () => {
    const parts = [0, 1, 262_143, 262_145, 70_000].map((bytes) => randomBytes(bytes)); // around the size that is encrypted at once
    const whole = Buffer.concat(parts);
    const object = valueOf(await kms.seal(context, { bytesMax: whole.length + 1_000, parts: parts.values() }));
    expect(Buffer.from(valueOf(await kms.decrypt(context, object.bytes))).equals(whole)).toBe(true);
    expect(object.sha256).toBe(createHash('sha256').update(object.bytes).digest('hex'));
  });

  it('parts_that_are_longer_than_they_said_are_not_sealed', async () => {
    await expect(kms.seal(context, { bytesMax: 10, parts: [Buffer.alloc(6), Buffer.alloc(6)] })).rejects.toThrow('bound');
  });

  it('the_same_bytes_never_seal_to_the_same_object_and_stay_hidden', async () => {
    const again = valueOf(await kms.encrypt(context, plain));
    expect(Buffer.from(again).equals(sealed)).toBe(false);
    expect(Buffer.from(sealed).includes(plain.subarray(0, 16))).toBe(false);
  });

  it('another_tenant_cannot_open_it_even_with_a_key_of_its_own', async () => {
    const other = newTenant();
    expect(await kms.decrypt({ ...context, tenantId: other }, sealed)).toEqual(refused('kms.key_absent'));
    valueOf(await kms.createTenantKey(other));
    expect(await kms.decrypt({ ...context, tenantId: other }, sealed)).toEqual(refused('kms.refused'));
  });

  it('a_moved_or_relabelled_object_does_not_open', async () => {
    for (const changed of [{ objectId: 'evidence/b' }, { purpose: 'tree' }, { version: 2 }]) {
      expect(await kms.decrypt({ ...context, ...changed }, sealed)).toEqual(refused('kms.refused'));
    }
  });

  it('any_altered_or_missing_byte_is_refused', async () => {
    const short = valueOf(await kms.encrypt(context, Buffer.from('evidence')));
    for (let at = 0; at < short.length; at += 1) {
      const broken = Buffer.from(short);
      broken.writeUInt8(broken.readUInt8(at) ^ 1, at);
      expect((await kms.decrypt(context, broken)).ok).toBe(false);
    }
    for (const cut of [0, 1, 9, 11, short.length - 1]) {
      expect(await kms.decrypt(context, short.subarray(0, cut))).toEqual(refused('kms.refused'));
    }
    expect((await kms.decrypt(context, Buffer.concat([short, Buffer.of(0)]))).ok).toBe(false);
  });

  it('two_creators_of_one_key_end_with_one_key', async () => {
    const shared = { ...context, tenantId: newTenant() };
    await Promise.all([kms.createTenantKey(shared.tenantId), kms.createTenantKey(shared.tenantId), kms.createTenantKey(shared.tenantId)]);
    const first = valueOf(await kms.encrypt(shared, plain));
    valueOf(await kms.createTenantKey(shared.tenantId));
    expect(Buffer.from(valueOf(await kms.decrypt(shared, first))).equals(plain)).toBe(true);
  });

  it('a_tenant_without_a_key_seals_nothing', async () => {
    expect(await kms.encrypt({ ...context, tenantId: newTenant() }, plain)).toEqual(refused('kms.key_absent'));
  });

  it('after_destruction_nothing_opens_nothing_seals_and_the_key_does_not_come_back', async () => {
    const shredded = { ...context, tenantId: newTenant() };
    valueOf(await kms.createTenantKey(shredded.tenantId));
    const lost = valueOf(await kms.encrypt(shredded, plain));
    await kms.destroyTenantKey(shredded.tenantId, 'evidence');
    expect(await kms.decrypt(shredded, lost)).toEqual(refused('kms.key_destroyed'));
    expect(await kms.encrypt(shredded, plain)).toEqual(refused('kms.key_destroyed'));
    expect(await kms.createTenantKey(shredded.tenantId)).toEqual(refused('kms.key_destroyed'));
    expect(await kms.decrypt(shredded, lost)).toEqual(refused('kms.key_destroyed'));
    // history still verifies
    const logKey = { purpose: 'audit-log', tenantId: shredded.tenantId } as const;
    expect(valueOf(await kms.publicKey(logKey)).asymmetricKeyType).toBe('ed25519');
  });

  it('evidence_outlives_what_else_a_tenant_had_sealed', async () => {
    const kept = { ...context, tenantId: newTenant() };
    const gone = { ...kept, purpose: 'audit-export' };
    valueOf(await kms.createTenantKey(kept.tenantId));
    const [evidence, other] = [valueOf(await kms.encrypt(kept, plain)), valueOf(await kms.encrypt(gone, plain))];
    expect(Buffer.from(valueOf(await kms.decrypt(gone, other))).equals(plain)).toBe(true);
    await kms.destroyTenantKey(kept.tenantId, 'records');
    expect(await kms.decrypt(gone, other)).toEqual(refused('kms.key_destroyed'));
    expect(await kms.encrypt(gone, plain)).toEqual(refused('kms.key_destroyed'));
    expect(Buffer.from(valueOf(await kms.decrypt(kept, evidence))).equals(plain)).toBe(true);
    await kms.destroyTenantKey(kept.tenantId, 'evidence');
    expect(await kms.decrypt(kept, evidence)).toEqual(refused('kms.key_destroyed'));
  });

  it('audit_log_signatures_verify_with_ed25519', async () => {
    const key = { purpose: 'audit-log', tenantId } as const;
    const message = Buffer.from('checkpoint');
    const signature = valueOf(await kms.sign(key, message));
    const publicKey = valueOf(await kms.publicKey(key));
    expect(publicKey.asymmetricKeyType).toBe('ed25519');
    expect(verify(null, message, publicKey, signature)).toBe(true);
    expect(verify(null, Buffer.from('Checkpoint'), publicKey, signature)).toBe(false);
  });

  it('an_imported_forge_key_signs_with_rsa_pkcs1_sha256_until_it_is_destroyed', async () => {
    const key = { purpose: 'forge', tenantId, appId: forgeAppIdSchema.parse(randomUUID()) } as const;
    const message = Buffer.from('header.payload');
    expect(await kms.sign(key, message)).toEqual(refused('kms.key_absent'));
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await kms.importForgeKey(key, pair.privateKey.export({ format: 'pem', type: 'pkcs1' }).toString());
    const signature = valueOf(await kms.sign(key, message));
    expect(valueOf(await kms.publicKey(key)).equals(pair.publicKey)).toBe(true);
    expect(verify('sha256', message, pair.publicKey, signature)).toBe(true);
    expect(verify('sha256', Buffer.from('header.Payload'), pair.publicKey, signature)).toBe(false);
    const other = { ...key, appId: forgeAppIdSchema.parse(randomUUID()) };
    expect(await kms.sign(other, message)).toEqual(refused('kms.key_absent'));
    await kms.destroyForgeKey(key);
    expect(await kms.sign(key, message)).toEqual(refused('kms.key_destroyed'));
  });

  it('what_is_no_rsa_key_of_2048_bits_is_not_imported', async () => {
    const key = { purpose: 'forge', tenantId, appId: forgeAppIdSchema.parse(randomUUID()) } as const;
    const pemOf = (pair: ReturnType<typeof generateKeyPairSync>): string =>
      pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const small = pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }));
    for (const wrong of [pemOf(generateKeyPairSync('ed25519')), small, 'no key']) {
      await expect(kms.importForgeKey(key, wrong)).rejects.toMatchObject({ code: 'kms.forge_key_invalid' });
    }
    expect(await kms.sign(key, Buffer.from('x'))).toEqual(refused('kms.key_absent'));
  });
});
