import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { limits } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { downloadFile, type DownloadError, type Reach } from '@lib/platform/outbound';
import type { Unpacker } from '@lib/platform/sandbox';
import { sealArchive } from '../seal-archive/seal-archive.ts';
import type { SealArchiveError, SealedArchive } from '../seal-archive/seal-input.ts';

/** A git host's archive of one commit. `target` must not exist or be empty; the caller removes it, after a failure too. */
export type SealTarballJob = {
  readonly url: string;
  /** Good for one repository, given by the caller, held in memory alone. */
  readonly token?: string;
  readonly commit: string;
  /** Hosts that the address may redirect to, such as `codeload.github.com`. */
  readonly redirectHosts: readonly string[];
  readonly target: string;
  readonly signal?: AbortSignal;
  /** For tests; the product reaches the internet over TLS and nothing else. */
  readonly reach?: Reach;
};

/** Why there is no tree. `wrong_commit`: the archive does not say that it is of this commit. */
export type SealTarballError = DownloadError | SealArchiveError | { readonly code: 'ingest.tarball_wrong_commit' };

/**
 * Fetches the archive of a commit and makes its tree a sealed one. The archive is spooled beside the target and removed, however it ends.
 * The commit that the host wrote into the archive must be the one that was asked for. Errors: see `SealTarballError`.
 */
export async function sealTarball(unpacker: Unpacker, job: SealTarballJob): Promise<Result<SealedArchive, SealTarballError>> {
  const file = `${job.target}.archive`;
  const { url, redirectHosts, target, commit } = job;
  const signal = job.signal === undefined ? {} : { signal: job.signal };
  await mkdir(dirname(file), { recursive: true });
  try {
    const fetched = await downloadFile({
      url,
      redirectHosts,
      into: file,
      bytesMax: limits.archiveBytesMax,
      ...signal,
      ...(job.token === undefined ? {} : { token: job.token }),
      ...(job.reach === undefined ? {} : { reach: job.reach }),
    });
    if (!fetched.ok) return fetched;
    const sealed = await sealArchive(unpacker, { file, target, ...signal });
    if (!sealed.ok) return sealed;
    return sealed.value.commit === commit ? ok(sealed.value) : err({ code: 'ingest.tarball_wrong_commit' });
  } finally {
    await rm(file, { force: true });
  }
}
