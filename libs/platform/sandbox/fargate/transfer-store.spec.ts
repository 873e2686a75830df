import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasS3Peer, openS3Peer } from '../../../../tools/testing/s3-peer.ts';
import { startPresignedObjects } from '../../../../tools/testing/presigned-objects.ts';
import { openTransferStore, type TransferBucket, type TransferStore } from './transfer-store.ts';

type Opened = { readonly bucket: TransferBucket; readonly stop: () => Promise<void> };
const clientOf = (server: { readonly endpoint: string; readonly credentials: { accessKeyId: string; secretAccessKey: string } }) =>
  ({ region: 'us-east-1', endpoint: server.endpoint, credentials: server.credentials, forcePathStyle: true }) satisfies S3ClientConfig;

async function ours(): Promise<Opened> {
  const server = await startPresignedObjects();
  return { bucket: { client: clientOf(server), bucket: server.bucket }, stop: server.stop };
}

async function ceph(): Promise<Opened> {
  const server = await openS3Peer();
  const bucket = `transfer-${randomUUID()}`;
  const client = new S3Client(clientOf(server));
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  return { bucket: { client: clientOf(server), bucket }, stop: server.stop };
}

const servers = [{ name: 'a server of ours, protocol only', open: ours, keepsFirst: true }];
if (hasS3Peer()) servers.push({ name: 'a real S3 server', open: ceph, keepsFirst: false }); // Ceph 16 does not know If-None-Match

describe.each(servers)('the transfer store on $name', ({ open, keepsFirst }) => {
  let opened: Opened;
  let store: TransferStore;
  beforeAll(async () => {
    opened = await open();
    store = openTransferStore(opened.bucket, `${randomUUID()}/`);
  });
  afterAll(() => opened.stop());
  const put = (url: string, body: string, headers: Record<string, string> = { 'if-none-match': '*' }) =>
    fetch(url, { method: 'PUT', body, headers });

  it('a_url_to_read_opens_its_object_and_no_other', async () => {
    await store.put('order', Buffer.from('the order'));
    await store.put('other', Buffer.from('another'));
    const url = await store.urlToRead('order', 60_000);
    expect(await (await fetch(url)).text()).toBe('the order');
    for (const [where, init] of [
      [url.replace('/order?', '/other?'), {}],
      [url, { method: 'PUT', body: 'x' }],
      [url, { method: 'DELETE' }],
      [url.replace('X-Amz-Expires=60', 'X-Amz-Expires=600'), {}],
      [url.split('?')[0]!, {}],
    ] as const) {
      expect((await fetch(where, init)).status).toBe(403);
    }
    expect(await (await fetch(url)).text()).toBe('the order');
  });

  it('a_url_to_create_makes_its_object_and_needs_the_condition_that_was_signed', async () => {
    const url = await store.urlToCreate('segments/000001', 60_000);
    expect((await put(url, 'x', {})).status).toBe(403);
    expect((await fetch(url)).status).toBe(403);
    expect((await put(url, 'first')).status).toBe(200);
    expect(Buffer.from((await store.read('segments/000001', 100)) as Uint8Array).toString()).toBe('first');
    if (keepsFirst) expect((await put(url, 'second')).status).toBe(412);
  });

  it('what_is_absent_is_undefined_and_what_is_too_large_is_not_read', async () => {
    expect(await store.read('absent', 100)).toBeUndefined();
    await store.put('large', Buffer.alloc(101));
    expect(await store.read('large', 100)).toBe('too_large');
    expect(await store.read('large', 101)).toHaveLength(101);
  });

  it('a_stream_arrives_whole_and_one_that_breaks_is_a_fault_that_passes', async () => {
    const parts = Array.from({ length: 64 }, (_, index) => Buffer.alloc(65_536, index));
    const bytes = Buffer.concat(parts);
    await store.putStream('tree', { bytes: bytes.byteLength, open: () => each(parts) });
    expect(Buffer.from((await store.read('tree', bytes.byteLength)) as Uint8Array).equals(bytes)).toBe(true);
    const broken = store.putStream('broken', { bytes: bytes.byteLength, open: () => each(parts.slice(1), new Error('the disk is gone')) });
    await expect(broken).rejects.toMatchObject({ code: 'sandbox.transfer_failed', lasting: false });
  });

  it('clear_removes_everything_of_the_attempt_and_nothing_else', async () => {
    const neighbour = openTransferStore(opened.bucket, 'neighbour/');
    await neighbour.put('order', Buffer.from('stays'));
    await store.put('left', Buffer.from('goes'));
    await store.clear();
    expect(await store.read('left', 100)).toBeUndefined();
    expect(await neighbour.read('order', 100)).toHaveLength(5);
    await neighbour.remove('order');
    expect(await neighbour.read('order', 100)).toBeUndefined();
  });
});

describe('a transfer store that refuses', () => {
  it('is_a_fault_that_lasts', async () => {
    const { bucket, stop } = await ours();
    const store = openTransferStore(
      { ...bucket, client: { ...bucket.client, credentials: { accessKeyId: 'x', secretAccessKey: 'y' } } },
      'p/',
    );
    await expect(store.put('a', Buffer.from('x'))).rejects.toMatchObject({ code: 'sandbox.transfer_failed', lasting: true });
    await stop();
  });
});

async function* each(parts: readonly Uint8Array[], error?: Error): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield await Promise.resolve(part);
  if (error !== undefined) throw error;
}
