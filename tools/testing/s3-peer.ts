import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string };

/** A real S3 server with Object Lock. */
export type S3Peer = {
  readonly endpoint: string;
  readonly credentials: Credentials;
  /** Three users beside the owner, whose ARNs a bucket policy can name; absent on a server that was not made by `ceph.sh`. */
  readonly users: Readonly<Record<'writer' | 'reader' | 'keeper', { readonly arn: string; readonly credentials: Credentials }>> | undefined;
  readonly stop: () => Promise<void>;
};

const run = promisify(execFile);
const script = join(import.meta.dirname, 'ceph', 'ceph.sh');
const credentials = {
  accessKeyId: process.env['AEGIS_S3_ACCESS_KEY'] ?? 'test',
  secretAccessKey: process.env['AEGIS_S3_SECRET_KEY'] ?? 'testtesttest',
};

/** Whether this run was given a real S3 server: an address, or the folder of unpacked Ceph packages. Says so when it was not. */
export function hasS3Peer(): boolean {
  const given = process.env['AEGIS_S3_ENDPOINT'] !== undefined || process.env['AEGIS_CEPH_ROOT'] !== undefined;
  if (!given) process.stderr.write('SKIPPED, peer absent: no AEGIS_S3_ENDPOINT and no AEGIS_CEPH_ROOT (tools/testing/ceph/README.md)\n');
  return given;
}

/** Opens the server of this run; one that was configured and does not start is a failure. */
export async function openS3Peer(): Promise<S3Peer> {
  const endpoint = process.env['AEGIS_S3_ENDPOINT'];
  if (endpoint !== undefined) {
    const madeByScript = process.env['AEGIS_S3_USERS'] === 'ceph.sh';
    return { endpoint, credentials, users: madeByScript ? cephUsers : undefined, stop: () => Promise.resolve() };
  }
  const folder = await mkdtemp(join(tmpdir(), 'ceph-'));
  const port = await freePort();
  const stop = async () => {
    await run(script, ['stop', folder]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await run(script, ['start', process.env['AEGIS_CEPH_ROOT'] ?? '', folder, String(port)], { timeout: 100_000 });
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint: `http://127.0.0.1:${port}`, credentials, users: cephUsers, stop };
}

const cephUser = (name: string) => ({
  arn: `arn:aws:iam:::user/${name}`,
  credentials: { accessKeyId: name, secretAccessKey: name.repeat(3) },
});
const cephUsers = { writer: cephUser('writer'), reader: cephUser('reader'), keeper: cephUser('keeper') };

/** A port that was free a moment ago, and the one above it with luck: the server cannot be told to choose. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
