import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { limits, type CoverageEntry } from '@lib/contract';
import { makeTarHeader, tarEnd, tarPadding } from '@lib/engine/archive';
import { err, ok, type Result } from '@lib/kernel';
import {
  fetchCommit,
  findGit,
  listTree,
  streamBlobs,
  type FetchError,
  type GitEntry,
  type GitProgram,
  type GitRepository,
  type ListError,
} from '@lib/platform/git';
import type { Reach } from '@lib/platform/outbound';
import type { Unpacker } from '@lib/platform/sandbox';
import { sealInput, type SealArchiveError, type SealedArchive } from '../seal-archive/seal-input.ts';

/** What to fetch and where its tree goes. `target` must not exist or be empty; the caller removes it, after a failure too. */
export type SealGitJob = {
  readonly url: string;
  readonly ref?: string | undefined;
  readonly target: string;
  readonly signal?: AbortSignal;
  /** For tests; the product reaches the internet over TLS and nothing else. */
  readonly reach?: Reach;
};

/** Why there is no tree. */
export type SealGitError = { readonly code: 'ingest.git_unavailable' } | FetchError | ListError | SealArchiveError;

/**
 * Fetches one commit of a public repository and makes its tree a sealed one: objects are read out of a bare repository, and what is in them
 * goes through the same unpacker, guards and walls as an archive. The repository is removed, however it ends.
 * Errors: see `SealGitError`. Faults `sandbox.start_failed`, `git.objects_broken`.
 */
export async function sealGit(unpacker: Unpacker, job: SealGitJob): Promise<Result<SealedArchive, SealGitError>> {
  const program = await findGit();
  if (program === undefined) return err({ code: 'ingest.git_unavailable' });
  const scratch = await mkdtemp(join(tmpdir(), 'aegis-git-'));
  try {
    const directory = await lendFolder(scratch, program);
    const signal = job.signal === undefined ? {} : { signal: job.signal };
    const commit = await fetchCommit({
      program,
      directory,
      url: job.url,
      ref: job.ref,
      ...signal,
      ...(job.reach === undefined ? {} : { reach: job.reach }),
    });
    if (!commit.ok) return commit;
    const repository: GitRepository = { program, directory, ...signal };
    const listed = await listTree(repository, commit.value);
    if (!listed.ok) return listed;
    return await sealEntries(unpacker, { job, repository, entries: listed.value, commit: commit.value });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function lendFolder(scratch: string, { identity }: GitProgram): Promise<string> {
  const directory = join(scratch, 'repository');
  await chmod(scratch, 0o711); // git's own user passes through
  await mkdir(directory, { mode: 0o700 });
  if (identity !== undefined) await chown(directory, identity.uid, identity.gid);
  return directory;
}

type Sealing = {
  readonly job: SealGitJob;
  readonly repository: GitRepository;
  readonly entries: readonly GitEntry[];
  readonly commit: string;
};

async function sealEntries(
  unpacker: Unpacker,
  { job, repository, entries, commit }: Sealing,
): Promise<Result<SealedArchive, SealGitError>> {
  if (entries.some((entry) => entry.kind === 'other')) return err({ code: 'git.objects_refused' });
  const leftOut = entries.flatMap(leftOutOf);
  const files = entries.filter((entry) => entry.kind === 'file' && entry.bytes <= limits.storedFileBytesMax);
  if (files.reduce((sum, file) => sum + file.bytes, 0) > limits.treeBytesMax) return err({ code: 'ingest.archive_unpacked_too_large' });
  const links = entries.filter((entry) => entry.kind === 'symlink');
  const sealed = await sealInput(unpacker, {
    input: Readable.from(tarOf(repository, links, files), { objectMode: false }),
    format: 'tar',
    target: job.target,
    coverage: leftOut,
    ...(job.signal === undefined ? {} : { signal: job.signal }),
  });
  return sealed.ok ? ok({ ...sealed.value, commit }) : sealed;
}

// The bytes of these are elsewhere, or more than is stored: they are told and not fetched out of the repository.
function leftOutOf(entry: GitEntry): CoverageEntry[] {
  const path = entry.path.toString('utf8').slice(0, limits.pathBytesMax);
  if (entry.kind === 'submodule') return [{ path, reason: 'submodule' }];
  return entry.kind === 'file' && entry.bytes > limits.storedFileBytesMax ? [{ path, reason: 'too_large' }] : [];
}

const root = Buffer.from('tree/'); // the one folder that everything lies in, which is no part of the tree

async function* tarOf(repository: GitRepository, links: readonly GitEntry[], files: readonly GitEntry[]): AsyncGenerator<Uint8Array> {
  yield makeTarHeader({ name: root, kind: 'folder', bytes: 0 });
  for (const link of links) yield makeTarHeader({ name: Buffer.concat([root, link.path]), kind: 'symlink', bytes: 0 });
  for await (const { entry, part, isFirst, isLast } of streamBlobs(repository, files)) {
    if (isFirst) yield makeTarHeader({ name: Buffer.concat([root, entry.path]), kind: 'file', bytes: entry.bytes });
    if (part.byteLength > 0) yield part;
    if (isLast) yield tarPadding(entry.bytes);
  }
  yield tarEnd;
}
