import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenantIdSchema } from '@lib/contract';
import { systemClock } from '@lib/platform/clock';
import { type S3Peer, hasS3Peer, openS3Peer } from '../../../tools/testing/s3-peer.ts';
import { type EvidenceBucket, type ObjectStore, type PutRequest, evidenceBucketPolicy, s3Store, sha256Of } from './index.ts';

const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
const onAws: EvidenceBucket = {
  bucket: 'evidence',
  writer: role('worker'),
  reader: role('api'),
  keeper: role('keeper'),
  retentionDaysMin: 364,
  server: { kind: 'aws', tenantKeys: 'arn:aws:kms:eu-central-1:111122223333:key/*' },
};

describe('the policy for AWS', () => {
  const { Statement } = evidenceBucketPolicy(onAws);
  const denied = (action: string) => Statement.filter((one) => one.Effect === 'Deny' && one.Action.includes(action));
  const exceptions = (action: string) => denied(action).flatMap((one) => one.Condition?.['StringNotEquals']?.['aws:PrincipalArn'] ?? []);

  it('each_call_is_denied_to_everyone_but_its_one_identity', () => {
    expect(exceptions('s3:GetObject')).toEqual([onAws.reader]);
    expect(exceptions('s3:GetObjectVersion')).toEqual([onAws.reader]);
    expect(exceptions('s3:PutObject')).toEqual([onAws.writer]);
    expect(exceptions('s3:PutObjectLegalHold')).toEqual([onAws.keeper]);
    expect(exceptions('s3:DeleteObjectVersion')).toEqual([onAws.keeper]);
  });

  it('no_identity_is_allowed_both_to_read_and_to_write', () => {
    const allowedTo = (who: string) =>
      Statement.filter((one) => one.Effect === 'Allow' && JSON.stringify(one.Principal).includes(`"${who}"`)).flatMap((one) => one.Action);
    expect(allowedTo(onAws.writer).filter((action) => /^s3:GetObject(?:Version)?$/u.test(action))).toEqual([]);
    expect(allowedTo(onAws.reader).filter((action) => /Put|Delete/u.test(action))).toEqual([]);
    expect(allowedTo(onAws.keeper).filter((action) => /^s3:(?:GetObject|GetObjectVersion|PutObject)$/u.test(action))).toEqual([]);
  });

  it.each([
    ['plain_delete', 's3:DeleteObject'],
    ['bypass_of_governance', 's3:BypassGovernanceRetention'],
    ['other_versioning', 's3:PutBucketVersioning'],
    ['a_lifecycle_rule', 's3:PutLifecycleConfiguration'],
    ['removal_of_the_bucket', 's3:DeleteBucket'],
  ])('%s_is_denied_to_everyone_without_condition', (_name, action) => {
    expect(denied(action).some((one) => one.Principal === '*' && one.Condition === undefined)).toBe(true);
  });

  it('a_put_needs_tls_compliance_a_long_date_kms_a_tenants_key_a_signed_body_and_a_free_key', () => {
    const conditions = Statement.filter(
      (one) => one.Effect === 'Deny' && one.Principal === '*' && one.Action.some((a) => a === 's3:PutObject' || a === 's3:*'),
    );
    expect(Object.fromEntries(conditions.filter((one) => one.Sid !== 'NobodyElsePuts').map((one) => [one.Sid, one.Condition]))).toEqual({
      PutsAreLocked: { StringNotEquals: { 's3:object-lock-mode': 'COMPLIANCE' } },
      PutsAreLockedLong: { NumericLessThan: { 's3:object-lock-remaining-retention-days': '364' } },
      OnlyOverTls: { Bool: { 'aws:SecureTransport': 'false' } },
      PutsAreEncryptedByKms: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } },
      PutsAreUnderATenantsKey: {
        StringNotLike: { 's3:x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws:kms:eu-central-1:111122223333:key/*' },
      },
      PutsSignTheirBytes: { StringEquals: { 's3:x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
      PutsAreOnlyNew: { Null: { 's3:if-none-match': 'true' } },
    });
  });

  it('it_fits_into_what_a_bucket_takes', () => {
    expect(JSON.stringify(evidenceBucketPolicy(onAws)).length).toBeLessThan(20_480);
    expect(new Set(Statement.map((one) => one.Sid)).size).toBe(Statement.length);
  });
});

describe.runIf(hasS3Peer())('the policy on a real server, three users and the owner', () => {
  let peer: S3Peer;
  let bucket: string;
  let stores: Record<'owner' | 'writer' | 'reader' | 'keeper', { readonly client: S3Client; readonly store: ObjectStore }>;
  const bytes = Buffer.from('evidence');
  const dayMs = 86_400_000;
  const requestOf = (changes: Partial<PutRequest> = {}): PutRequest => ({
    key: `t/${randomUUID()}`,
    bytes,
    sha256: sha256Of(bytes),
    retainUntilMs: Date.now() + 400 * dayMs,
    context: { tenantId: tenantIdSchema.parse(randomUUID()), purpose: 'evidence-pack' },
    ...changes,
  });
  const refuses = (send: () => Promise<unknown>) => expect(send()).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });

  beforeAll(async () => {
    peer = await openS3Peer();
    bucket = `evidence-${randomUUID()}`;
    const as = (credentials: S3Peer['credentials']) => {
      const options = { region: 'us-east-1', endpoint: peer.endpoint, credentials, forcePathStyle: true };
      // names are random: put-once is not what is tested here, and looking for a taken key would need a right to list
      const store = s3Store({ client: options, bucket, clock: systemClock, ifNoneMatch: 'honoured' });
      return { client: new S3Client(options), store };
    };
    const { users } = peer;
    if (users === undefined) throw new Error('the server has no users for this; AEGIS_S3_USERS=ceph.sh when it was started by the script');
    stores = {
      owner: as(peer.credentials),
      writer: as(users.writer.credentials),
      reader: as(users.reader.credentials),
      keeper: as(users.keeper.credentials),
    };
    const { client } = stores.owner;
    await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }));
    const [writer, reader, keeper] = [users.writer.arn, users.reader.arn, users.keeper.arn];
    const policy = evidenceBucketPolicy({ bucket, writer, reader, keeper, retentionDaysMin: 364, server: { kind: 'ceph' } });
    await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(policy) }));
  });
  afterAll(() => peer.stop());
  const put = async () => {
    const stored = await stores.writer.store.put(requestOf());
    if (!stored.ok) throw new Error(stored.error.code);
    return { ref: stored.value, target: { Bucket: bucket, Key: stored.value.key, VersionId: stored.value.version } };
  };

  it('the_worker_writes_and_cannot_read_what_it_wrote', async () => {
    const { ref, target } = await put();
    await refuses(() => stores.writer.client.send(new GetObjectCommand(target)));
    await refuses(() => stores.writer.client.send(new HeadObjectCommand(target)));
    await refuses(() => stores.writer.client.send(new ListObjectsV2Command({ Bucket: bucket })));
    await refuses(() => stores.writer.client.send(new DeleteObjectCommand(target)));
    await expect(stores.writer.store.holdLegally(ref, true)).rejects.toMatchObject({ code: 'objects.unavailable' });
  });

  it('the_reader_reads_and_cannot_write_hold_date_or_remove', async () => {
    const { ref, target } = await put();
    expect(await stores.reader.store.get(ref)).toMatchObject({ ok: true });
    expect(await stores.reader.store.lockOf(ref)).toMatchObject({ ok: true, value: { retainUntilMs: ref.retainUntilMs } });
    await expect(stores.reader.store.put(requestOf())).rejects.toMatchObject({ code: 'objects.unavailable' });
    await expect(stores.reader.store.holdLegally(ref, true)).rejects.toMatchObject({ code: 'objects.unavailable' });
    const Retention = { Mode: 'COMPLIANCE', RetainUntilDate: new Date(Date.now() + 500 * dayMs) } as const;
    await refuses(() => stores.reader.client.send(new PutObjectRetentionCommand({ ...target, Retention })));
    await refuses(() => stores.reader.client.send(new DeleteObjectCommand(target)));
  });

  it('the_keeper_holds_extends_and_lists_and_cannot_read_write_or_shorten', async () => {
    const { ref, target } = await put();
    const further = Math.ceil(Date.now() / 1000) * 1000 + 500 * dayMs;
    expect(await stores.keeper.store.holdLegally(ref, true)).toMatchObject({ ok: true, value: { legalHold: true } });
    expect(await stores.keeper.store.extendRetention(ref, further)).toMatchObject({ ok: true, value: { retainUntilMs: further } });
    expect(await stores.keeper.store.holdLegally(ref, false)).toMatchObject({ ok: true, value: { legalHold: false } });
    expect(await stores.keeper.store.remove(ref)).toEqual({ ok: false, error: { code: 'objects.retained' } });
    expect((await stores.keeper.store.list({ prefix: ref.key, itemsMax: 10 })).items).toHaveLength(1);
    await refuses(() => stores.keeper.client.send(new GetObjectCommand(target)));
    await expect(stores.keeper.store.put(requestOf())).rejects.toMatchObject({ code: 'objects.unavailable' });
    const Retention = { Mode: 'COMPLIANCE', RetainUntilDate: new Date(Date.now() + dayMs) } as const;
    await refuses(() => stores.keeper.client.send(new PutObjectRetentionCommand({ ...target, Retention })));
  });

  it('not_even_the_owner_of_the_bucket_reads_writes_or_removes', async () => {
    const { target } = await put();
    await refuses(() => stores.owner.client.send(new GetObjectCommand(target)));
    await refuses(() => stores.owner.client.send(new PutObjectCommand({ Bucket: bucket, Key: 't/x', Body: 'x' })));
    await refuses(() => stores.owner.client.send(new DeleteObjectCommand(target)));
  });
});
