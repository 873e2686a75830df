import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectRetentionCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tenantIdSchema } from '@lib/contract';
import { systemClock } from '@lib/platform/clock';
import { describeObjectStore } from '../../../tools/testing/object-store-contract.ts';
import { type S3Peer, hasS3Peer, openS3Peer } from '../../../tools/testing/s3-peer.ts';
import { type S3Server, startS3Server } from '../../../tools/testing/s3-server.ts';
import { type ObjectStore, type PutRequest, s3Store, sha256Of } from './index.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const bytes = Buffer.from('evidence');
const tenantId = tenantIdSchema.parse(randomUUID());
const requestOf = (changes: Partial<PutRequest> = {}): PutRequest => ({
  key: `t/${randomUUID()}`,
  bytes,
  sha256: sha256Of(bytes),
  retainUntilMs: Date.now() + 3_600_000,
  context: { tenantId, purpose: 'evidence-pack' },
  ...changes,
});
const clientOf = ({ endpoint }: { readonly endpoint: string }) => ({ region: 'us-east-1', endpoint, credentials, forcePathStyle: true });

describeObjectStore('S3 adapter, protocol test against a server of ours', async () => {
  const server = await startS3Server();
  const store = s3Store({ client: clientOf(server), bucket: 'evidence', clock: systemClock, ifNoneMatch: 'honoured' });
  return { store, end: server.stop };
});

describe('S3 adapter on the wire, protocol test', () => {
  let server: S3Server;
  let store: ObjectStore;
  beforeAll(async () => {
    server = await startS3Server();
    store = s3Store({ client: clientOf(server), bucket: 'evidence', clock: systemClock, ifNoneMatch: 'honoured' });
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    Object.assign(server.faults, { dropsLock: false, status: undefined, flipsByte: false });
  });
  const lastPut = () => server.requests.findLast(({ method, url }) => method === 'PUT' && !url.searchParams.has('retention'));

  it('a_put_carries_compliance_lock_date_checksum_put_once_and_the_tenants_key', async () => {
    const request = requestOf({ kmsKeyRef: 'alias/aegis/tenant-1' });
    await store.put(request);
    const sent = lastPut()?.headers ?? {};
    expect(sent).toMatchObject({
      'x-amz-object-lock-mode': 'COMPLIANCE',
      'x-amz-checksum-sha256': Buffer.from(request.sha256, 'hex').toString('base64'),
      'if-none-match': '*',
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'alias/aegis/tenant-1',
      'content-length': String(bytes.length),
      'x-amz-meta-sha256': request.sha256,
    });
    expect(Date.parse(String(sent['x-amz-object-lock-retain-until-date']))).toBe(Math.ceil((request.retainUntilMs ?? 0) / 1000) * 1000);
    const context: unknown = JSON.parse(Buffer.from(String(sent['x-amz-server-side-encryption-context']), 'base64').toString());
    expect(context).toEqual({ tenant: tenantId, purpose: 'evidence-pack' });
    expect(lastPut()?.body.equals(bytes)).toBe(true);
  });

  it('without_a_date_or_a_key_no_such_header_is_sent', async () => {
    await store.put(requestOf({ retainUntilMs: undefined }));
    const names = Object.keys(lastPut()?.headers ?? {});
    expect(names.filter((name) => name.includes('object-lock') || name.includes('encryption'))).toEqual([]);
  });

  it('an_extension_asks_for_compliance_on_exactly_that_version', async () => {
    const stored = await store.put(requestOf());
    if (!stored.ok) throw new Error(stored.error.code);
    await store.extendRetention(stored.value, Date.now() + 7_200_000);
    const sent = server.requests.findLast(({ url }) => url.searchParams.has('retention'));
    expect(sent?.url.searchParams.get('versionId')).toBe(stored.value.version);
    expect(sent?.body.toString()).toContain('<Mode>COMPLIANCE</Mode>');
    expect(sent?.headers['x-amz-bypass-governance-retention']).toBeUndefined();
  });

  it('a_server_that_takes_the_object_without_its_lock_is_a_fault', async () => {
    server.faults.dropsLock = true;
    await expect(store.put(requestOf())).rejects.toMatchObject({ code: 'objects.lock_not_applied' });
  });

  it('bytes_changed_on_the_way_back_are_found', async () => {
    const stored = await store.put(requestOf());
    if (!stored.ok) throw new Error(stored.error.code);
    server.faults.flipsByte = true;
    expect(await store.get(stored.value)).toEqual({ ok: false, error: { code: 'objects.digest_mismatch' } });
  });

  it('a_failing_server_is_a_fault_after_bounded_tries_that_names_the_error_only', async () => {
    server.faults.status = 503;
    const before = server.requests.length;
    const fault: unknown = await store.head('t/a').catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'objects.unavailable' });
    expect(String(fault)).not.toContain('t/a');
    expect(server.requests.length - before).toBe(3);
  });
});

describe.runIf(hasS3Peer())('real S3 server', () => {
  let peer: S3Peer;
  let client: S3Client;
  let bucket: string;
  const open = () =>
    s3Store({ client: { ...clientOf(peer), credentials: peer.credentials }, bucket, clock: systemClock, ifNoneMatch: 'ignored' });
  beforeAll(async () => {
    peer = await openS3Peer();
    bucket = `evidence-${randomUUID()}`;
    client = new S3Client({ ...clientOf(peer), credentials: peer.credentials });
    await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }));
  });
  afterAll(() => peer.stop());

  describeObjectStore('S3 adapter on it', () => Promise.resolve({ store: open(), end: () => Promise.resolve() }));

  it('the_servers_own_lock_refuses_removal_and_shortening_by_any_other_client', async () => {
    const stored = await open().put(requestOf());
    if (!stored.ok) throw new Error(stored.error.code);
    const target = { Bucket: bucket, Key: stored.value.key, VersionId: stored.value.version };
    for (const bypass of [false, true]) {
      await expect(client.send(new DeleteObjectCommand({ ...target, BypassGovernanceRetention: bypass }))).rejects.toThrow();
      for (const Mode of ['COMPLIANCE', 'GOVERNANCE'] as const) {
        const Retention = { Mode, RetainUntilDate: new Date(Date.now() + 60_000) };
        const shorten = new PutObjectRetentionCommand({ ...target, Retention, BypassGovernanceRetention: bypass });
        await expect(client.send(shorten)).rejects.toThrow();
      }
    }
    expect((await open().get(stored.value)).ok).toBe(true);
  });

  it('a_bucket_without_object_lock_is_refused', async () => {
    const plain = `plain-${randomUUID()}`;
    await client.send(new CreateBucketCommand({ Bucket: plain }));
    const store = s3Store({
      client: { ...clientOf(peer), credentials: peer.credentials },
      bucket: plain,
      clock: systemClock,
      ifNoneMatch: 'ignored',
    });
    await expect(store.put(requestOf())).rejects.toMatchObject({ code: 'objects.unavailable' });
  });
});
