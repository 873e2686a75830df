import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
  S3Client,
} from '@aws-sdk/client-s3';
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
    Object.assign(server.faults, { dropsLock: false, dropsEncryption: false, status: undefined, flipsByte: false });
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
    const sent = server.requests.findLast(({ method, url }) => method === 'PUT' && url.searchParams.has('retention'));
    expect(sent?.url.searchParams.get('versionId')).toBe(stored.value.version);
    expect(sent?.body.toString()).toContain('<Mode>COMPLIANCE</Mode>');
    expect(sent?.headers['x-amz-bypass-governance-retention']).toBeUndefined();
  });

  it('a_server_that_takes_the_object_without_its_lock_is_a_fault', async () => {
    server.faults.dropsLock = true;
    await expect(store.put(requestOf())).rejects.toMatchObject({ code: 'objects.lock_not_applied' });
  });

  it('a_server_that_takes_the_object_without_the_tenants_key_is_a_fault', async () => {
    server.faults.dropsEncryption = true;
    await expect(store.put(requestOf({ kmsKeyRef: 'alias/aegis/tenant-1' }))).rejects.toMatchObject({
      code: 'objects.encryption_not_applied',
    });
  });

  it('a_put_reads_no_object_and_asks_for_nothing_but_its_own_lock', async () => {
    const before = server.requests.length;
    await store.put(requestOf());
    const asked = server.requests.slice(before).map(({ method, url }) => `${method} ${[...url.searchParams.keys()].toSorted().join('&')}`);
    expect(asked).toEqual(['PUT x-id', 'GET retention&versionId', 'GET legal-hold&versionId']);
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
    const fault: unknown = await store.lockOf({ key: 't/a', version: 'v' }).catch((error: unknown) => error);
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

  describe('what the server itself refuses to any client, its owner included', () => {
    const locked = async (changes: Partial<PutRequest> = {}) => {
      const stored = await open().put(requestOf(changes));
      if (!stored.ok) throw new Error(stored.error.code);
      return { ref: stored.value, target: { Bucket: bucket, Key: stored.value.key, VersionId: stored.value.version } };
    };
    const refuses = (send: () => Promise<unknown>) => expect(send()).rejects.toThrow();

    it('delete_plain_and_with_bypass', async () => {
      const { ref, target } = await locked();
      for (const BypassGovernanceRetention of [false, true])
        await refuses(() => client.send(new DeleteObjectCommand({ ...target, BypassGovernanceRetention })));
      expect((await open().get(ref)).ok).toBe(true);
    });

    it('delete_in_a_batch', async () => {
      const { ref, target } = await locked();
      for (const BypassGovernanceRetention of [false, true]) {
        const Delete = { Objects: [{ Key: target.Key, VersionId: target.VersionId }] };
        // this server answers 200 and an error a key, or refuses the whole request for a checksum that it does not know
        const answer = await client
          .send(new DeleteObjectsCommand({ Bucket: bucket, Delete, BypassGovernanceRetention }))
          .catch(() => ({ Deleted: [] }));
        expect(answer.Deleted ?? []).toEqual([]);
      }
      expect((await open().get(ref)).ok).toBe(true);
      // the same request takes what is not locked: it was the lock that refused
      const free = await locked({ retainUntilMs: undefined });
      const Delete = { Objects: [{ Key: free.target.Key, VersionId: free.target.VersionId }] };
      expect((await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete }))).Deleted).toHaveLength(1);
    });

    it('a_delete_without_a_version_hides_and_removes_nothing', async () => {
      const { ref, target } = await locked();
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: target.Key }));
      expect((await open().get(ref)).ok).toBe(true);
    });

    it('an_overwrite_leaves_the_version_that_is_cited', async () => {
      const { ref, target } = await locked();
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: target.Key, Body: 'other' }));
      expect(await open().get(ref)).toMatchObject({ ok: true });
    });

    it('shortening_and_the_downgrade_to_governance_and_a_date_in_the_past', async () => {
      const { ref, target } = await locked();
      for (const BypassGovernanceRetention of [false, true])
        for (const Mode of ['COMPLIANCE', 'GOVERNANCE'] as const)
          for (const awayMs of [60_000, -60_000]) {
            const Retention = { Mode, RetainUntilDate: new Date(Date.now() + awayMs) };
            await refuses(() => client.send(new PutObjectRetentionCommand({ ...target, Retention, BypassGovernanceRetention })));
          }
      const later = { Mode: 'GOVERNANCE', RetainUntilDate: new Date(Date.now() + 7_200_000) } as const;
      await refuses(() => client.send(new PutObjectRetentionCommand({ ...target, Retention: later, BypassGovernanceRetention: true })));
      expect((await open().lockOf(ref)).ok && (await open().lockOf(ref))).toEqual({
        ok: true,
        value: { retainUntilMs: ref.retainUntilMs, legalHold: false },
      });
    });

    it('taking_the_lock_away_altogether', async () => {
      const { target } = await locked();
      await refuses(() => client.send(new PutObjectRetentionCommand({ ...target, Retention: {}, BypassGovernanceRetention: true })));
    });

    it('suspended_versioning', async () => {
      const VersioningConfiguration = { Status: 'Suspended' } as const;
      await refuses(() => client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration })));
    });

    it('a_put_with_a_date_in_the_past', async () => {
      const lock = { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: new Date(Date.now() - 60_000) } as const;
      await refuses(() => client.send(new PutObjectCommand({ Bucket: bucket, Key: `t/${randomUUID()}`, Body: 'x', ...lock })));
    });

    it('removal_under_a_legal_hold', async () => {
      const { ref, target } = await locked({ retainUntilMs: undefined });
      await open().holdLegally(ref, true);
      await refuses(() => client.send(new DeleteObjectCommand({ ...target, BypassGovernanceRetention: true })));
      expect((await open().get(ref)).ok).toBe(true);
    });
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
