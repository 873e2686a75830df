import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { ScanSource, TenantId } from '@lib/contract';
import { archivePlace } from '@lib/guard/scans';
import { err, ok, type Result } from '@lib/kernel';
import type { Unpacker } from '@lib/platform/sandbox';
import { sealArchive } from '../seal-archive/seal-archive.ts';
import type { SealArchiveError } from '../seal-archive/seal-input.ts';
import { codeOf } from '../seal-folder/code-of.ts';
import { sealFolder, type SealFolderError } from '../seal-folder/seal-folder.ts';
import type { SealedFolder } from '../seal-folder/read-sealed-folder.ts';
import { sealForge, type SealForgeDeps, type SealForgeError } from '../seal-forge/seal-forge.ts';
import { sealGit, type SealGitError } from '../seal-git/seal-git.ts';

/** What is sealed for which scan, and where its tree goes. */
export type SealSourceJob = {
  readonly tenantId: TenantId;
  readonly source: ScanSource;
  readonly target: string;
  readonly signal: AbortSignal;
};

/** `fetchGit` is for tests, which send the real one to a server of their own. */
export type SealSourceDeps = Omit<SealForgeDeps, 'unpacker'> & {
  readonly unpacker: Unpacker;
  readonly workDirectory: string;
  readonly fetchGit?: typeof sealGit;
};

/** Why there is no tree. `altered`: the upload is not the one that was taken in. */
export type SealSourceError =
  SealFolderError | SealArchiveError | SealGitError | SealForgeError | { readonly code: 'ingest.archive_altered' };

/** A sealed tree; `commit` where we have fetched it ourselves, for what an archive says of itself is its maker's word. */
export type SealedSource = SealedFolder & { readonly commit?: string | undefined };

/** Makes a sealed tree of whatever a scan's source is. Errors: those of `sealFolder`, `sealArchive`, `sealGit`, `sealForge`; `ingest.archive_altered`. */
export function sealSource(
  { unpacker, workDirectory, fetchGit = sealGit, ...more }: SealSourceDeps,
  { tenantId, source, target, signal }: SealSourceJob,
): Promise<Result<SealedSource, SealSourceError>> {
  switch (source.kind) {
    case 'folder':
      return sealFolder({ source: source.path, target, signal });
    case 'git':
      return fetchGit(unpacker, { url: source.url, ref: source.ref, target, signal });
    case 'forge':
      return sealForge({ unpacker, ...more }, { tenantId, source, target, signal });
    case 'archive': {
      const file = archivePlace(workDirectory, { tenantId, archiveId: source.archiveId });
      return sealUpload(unpacker, { file, sha256: source.sha256, target, signal });
    }
  }
}

type Upload = { readonly file: string; readonly sha256: string; readonly target: string; readonly signal: AbortSignal };

async function sealUpload(unpacker: Unpacker, { sha256, ...job }: Upload): Promise<Result<SealedSource, SealSourceError>> {
  const found = await sha256Of(job.file, job.signal).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return undefined;
    throw error;
  });
  if (found === undefined) return err({ code: 'ingest.archive_missing' });
  if (found !== sha256) return err({ code: 'ingest.archive_altered' });
  const sealed = await sealArchive(unpacker, job);
  return sealed.ok ? ok({ ...sealed.value, commit: undefined }) : sealed;
}

async function sha256Of(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash, { signal });
  return hash.digest('hex');
}
