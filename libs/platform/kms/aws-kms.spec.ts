import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { forgeAppIdSchema, tenantIdSchema } from '@lib/contract';
import { type KmsServer, startKmsServer } from '../../../tools/testing/kms-server.ts';
import { type Kms, awsKms, tenantKeyPolicy } from './index.ts';

// Protocol tests: what our adapter sends, seen by a server of ours. They prove nothing about AWS itself.
let server: KmsServer;
let kms: Kms;
const tenantId = tenantIdSchema.parse(randomUUID());
const context = { tenantId, purpose: 'evidence-pack', objectId: 'evidence/a', version: 1 };
const encryptionContext = { tenant: tenantId, purpose: 'evidence-pack', object: 'evidence/a', version: '1' };
const lastOf = (operation: string) => server.requests.findLast((request) => request.operation === operation)?.body;

beforeAll(async () => {
  server = await startKmsServer();
  kms = awsKms({
    client: { region: 'eu-central-1', endpoint: server.endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } },
    tenantAliasPrefix: 'alias/aegis/tenant-',
    auditLogKeyId: server.auditLogKeyId,
  });
  await kms.createTenantKey(tenantId);
});
afterAll(() => server.stop());

it('each_object_asks_for_its_own_data_key_under_the_tenants_alias_and_full_context', async () => {
  const sealed = await kms.encrypt(context, Buffer.from('plain'));
  expect(lastOf('GenerateDataKey')).toEqual({
    KeyId: `alias/aegis/tenant-${tenantId}`,
    KeySpec: 'AES_256',
    EncryptionContext: encryptionContext,
  });
  if (!sealed.ok) throw new Error(sealed.error.code);
  await kms.decrypt(context, sealed.value);
  expect(lastOf('Decrypt')).toMatchObject({ KeyId: `alias/aegis/tenant-${tenantId}`, EncryptionContext: encryptionContext });
  expect(JSON.stringify(server.requests)).not.toContain(Buffer.from('plain').toString('base64'));
});

it('a_secret_of_a_place_is_sealed_under_a_key_of_its_own_and_opens_there_alone', async () => {
  const sealed = await kms.conceal('tenant/a/sink/1', Buffer.from('secret'));
  const KeyId = 'alias/aegis/sink-secrets';
  expect(lastOf('Encrypt')).toMatchObject({ KeyId, EncryptionContext: { place: 'tenant/a/sink/1' } });
  const opened = await kms.reveal('tenant/a/sink/1', sealed);
  expect(opened.ok && Buffer.from(opened.value).toString()).toBe('secret');
  expect(lastOf('Decrypt')).toMatchObject({ KeyId, EncryptionContext: { place: 'tenant/a/sink/1' } });
  expect(await kms.reveal('tenant/b/sink/1', sealed)).toEqual({ ok: false, error: { code: 'kms.refused' } });
});

it('the_object_store_is_told_the_key_of_the_tenant_by_its_own_name', async () => {
  const named = await kms.storeKeyOf(tenantId);
  if (!named.ok) throw new Error(named.error.code);
  expect(named.value).toMatch(/^arn:aws:kms:/u);
  const asked = server.requests.length;
  expect(await kms.storeKeyOf(tenantId)).toEqual(named);
  expect(server.requests.length).toBe(asked); // remembered
  expect(await kms.storeKeyOf(tenantIdSchema.parse(randomUUID()))).toEqual({ ok: false, error: { code: 'kms.key_absent' } });
});

it('a_new_tenants_key_is_made_with_a_policy_under_which_the_worker_cannot_open_and_the_api_cannot_seal', async () => {
  const roles = { administrator: 'arn:a', shredder: 'arn:s', writer: 'arn:w', reader: 'arn:r' };
  const strict = awsKms({
    client: { region: 'eu-central-1', endpoint: server.endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } },
    tenantAliasPrefix: 'alias/aegis/strict-',
    auditLogKeyId: server.auditLogKeyId,
    tenantKeyPolicy: (id) => tenantKeyPolicy(roles, id),
  });
  await strict.createTenantKey(tenantId);
  const policy: unknown = JSON.parse(String(lastOf('CreateKey')?.['Policy']));
  const ofTenant = { StringEquals: { 'kms:EncryptionContext:tenant': tenantId } };
  expect(policy).toMatchObject({
    Statement: expect.arrayContaining([
      expect.objectContaining({ Effect: 'Allow', Principal: { AWS: 'arn:w' }, Action: ['kms:GenerateDataKey'], Condition: ofTenant }),
      expect.objectContaining({ Effect: 'Allow', Principal: { AWS: 'arn:r' }, Action: ['kms:Decrypt'], Condition: ofTenant }),
    ]) as unknown,
  });
  const allows = tenantKeyPolicy(roles, tenantId).Statement.filter((one) => one['Effect'] === 'Allow');
  const use = allows.filter((one) => /Decrypt|Encrypt|GenerateDataKey/u.test(JSON.stringify(one['Action'])));
  expect(use).toHaveLength(3); // nobody else uses the key
  expect(use[2]).toMatchObject({
    Sid: 'SealForgeSecrets',
    Principal: { AWS: 'arn:r' },
    Condition: { StringEquals: { 'kms:EncryptionContext:tenant': tenantId, 'kms:EncryptionContext:purpose': 'forge-secret' } },
  });
});

it('signing_sends_the_raw_message_with_the_algorithm_of_the_purpose', async () => {
  await kms.sign({ purpose: 'audit-log', tenantId }, Buffer.from('checkpoint'));
  expect(lastOf('Sign')).toEqual({
    KeyId: server.auditLogKeyId,
    Message: Buffer.from('checkpoint').toString('base64'),
    MessageType: 'RAW',
    SigningAlgorithm: 'ED25519_SHA_512',
  });
  const appId = forgeAppIdSchema.parse(randomUUID());
  expect(await kms.sign({ purpose: 'forge', tenantId, appId }, Buffer.from('x'))).toEqual({ ok: false, error: { code: 'kms.key_absent' } });
  expect(lastOf('Sign')).toMatchObject({ KeyId: `alias/aegis/forge-${appId}`, SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' });
});

it('deletion_is_scheduled_with_the_shortest_window_that_the_service_allows', async () => {
  const shredded = tenantIdSchema.parse(randomUUID());
  await kms.createTenantKey(shredded);
  await kms.destroyTenantKey(shredded, 'evidence');
  expect(lastOf('ScheduleKeyDeletion')).toMatchObject({ PendingWindowInDays: 7 });
});

it('a_failing_key_service_is_a_fault_that_names_the_error_class_only', async () => {
  server.failWith('AccessDeniedException');
  const fault: unknown = await kms.encrypt(context, Buffer.from('plain')).catch((error: unknown) => error);
  server.failWith(undefined);
  expect(fault).toMatchObject({ code: 'kms.unavailable', message: 'kms.unavailable: the key service answered `AccessDeniedException`' });
  expect(fault).not.toHaveProperty('cause');
});
