import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { limits } from '@lib/contract';
import { sniffFormat } from '@lib/engine/archive';
import { err, type Result } from '@lib/kernel';
import type { Unpacker } from '@lib/platform/sandbox';
import { codeOf } from '../seal-folder/code-of.ts';
import { sealInput, type SealArchiveError, type SealedArchive } from './seal-input.ts';

/** An archive in a file of ours, and where its tree goes. `target` must not exist or be empty; the caller removes it, after a failure too. */
export type SealArchiveJob = { readonly file: string; readonly target: string; readonly signal?: AbortSignal };

/**
 * Unpacks an archive behind the sandbox's walls and makes what comes out a sealed tree. The format is what the bytes say. Nothing that the
 * unpacker says is believed beyond its schema: see `adoptTree`.
 * Errors: see `SealArchiveError`. Fault `sandbox.start_failed`. Source: CWE-22, CWE-59, CWE-409, CWE-434.
 */
export async function sealArchive(unpacker: Unpacker, job: SealArchiveJob): Promise<Result<SealedArchive, SealArchiveError>> {
  const archive = await open(job.file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM'].includes(codeOf(error))) return undefined;
    throw error;
  });
  if (archive === undefined) return err({ code: 'ingest.archive_missing' });
  try {
    return await sealOpened(unpacker, { ...job, archive });
  } catch (error) {
    if (['ENOSPC', 'EDQUOT'].includes(codeOf(error))) return err({ code: 'ingest.disk_full' });
    throw error;
  } finally {
    await archive.close();
  }
}

type Opened = SealArchiveJob & { readonly archive: FileHandle };

async function sealOpened(unpacker: Unpacker, job: Opened): Promise<Result<SealedArchive, SealArchiveError>> {
  const facts = await job.archive.stat();
  if (!facts.isFile()) return err({ code: 'ingest.archive_missing' });
  if (facts.size > limits.archiveBytesMax) return err({ code: 'ingest.archive_too_large' });
  const head = await job.archive.read(Buffer.alloc(headBytes), 0, headBytes, 0);
  const format = sniffFormat(head.buffer.subarray(0, head.bytesRead));
  if (format === undefined) return err({ code: 'ingest.archive_format_unknown' });
  const signal = job.signal === undefined ? {} : { signal: job.signal };
  return sealInput(unpacker, { input: job.archive.fd, format, target: job.target, ...signal });
}

const headBytes = 512; // a tar says what it is in its first block
