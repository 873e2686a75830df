import { constants } from 'node:fs';
import { mkdir, open, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { limits, treeFactsFile, unpackMessageSchema } from '@lib/contract';
import type { ArchiveRefusalCode, CoverageEntry, TreeFacts, UnpackMessage } from '@lib/contract';
import { sniffFormat } from '@lib/engine/archive';
import { err, ok, type Result } from '@lib/kernel';
import type { SandboxRefusal, Unpacker } from '@lib/platform/sandbox';
import { codeOf } from '../seal-folder/code-of.ts';
import type { SealedFolder } from '../seal-folder/read-sealed-folder.ts';
import { adoptTree } from './adopt-tree.ts';

/** An archive in a file of ours, and where its tree goes. `target` must not exist or be empty; the caller removes it, after a failure too. */
export type SealArchiveJob = { readonly file: string; readonly target: string; readonly signal?: AbortSignal };

/** A sealed tree. `commit` is the one that the git host wrote into the archive. */
export type SealedArchive = SealedFolder & { readonly commit: string | undefined };

/** Why there is no tree. `path`: the entry that the archive was refused for, as it is named there. */
export type SealArchiveError =
  | { readonly code: ArchiveRefusalCode; readonly path?: string }
  | {
      readonly code:
        | 'ingest.archive_missing'
        | 'ingest.archive_timed_out'
        | 'ingest.archive_unpacker_failed'
        | 'ingest.archive_unpacker_escaped'
        | 'ingest.disk_full'
        | 'ingest.cancelled';
    }
  | SandboxRefusal;

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
  await mkdir(job.target, { recursive: true, mode: 0o700 });
  const said: UnpackMessage[] = [];
  const outcome = await unpacker.unpack(
    {
      input: job.archive.fd,
      format,
      targetDirectory: job.target,
      wallMs: limits.archiveWallMs,
      messages: unpackMessageSchema,
      ...(job.signal === undefined ? {} : { signal: job.signal }),
    },
    (message) => {
      if (said.length < limits.coverageEntriesMax + endingMessages) said.push(message);
    },
  );
  if (!outcome.ok) return outcome;
  const failed = endingErrors[outcome.value.ending];
  return failed === undefined ? judge(job.target, said) : err({ code: failed });
}

const headBytes = 512; // a tar says what it is in its first block
const endingMessages = 1;

const endingErrors = {
  finished: undefined,
  timed_out: 'ingest.archive_timed_out',
  cancelled: 'ingest.cancelled',
  crashed: 'ingest.archive_unpacker_failed',
  protocol_error: 'ingest.archive_unpacker_failed',
  input_failed: 'ingest.archive_unpacker_failed',
  escape_attempt: 'ingest.archive_unpacker_escaped',
} as const;

async function judge(target: string, said: readonly UnpackMessage[]): Promise<Result<SealedArchive, SealArchiveError>> {
  const last = said.at(-1);
  if (last?.type === 'archive_refused') return err({ code: last.code, ...(last.path === undefined ? {} : { path: last.path }) });
  if (last?.type === 'disk_full') return err({ code: 'ingest.disk_full' });
  const tree = last?.type === 'sealed' ? await adoptTree(target) : undefined;
  if (last?.type !== 'sealed' || tree?.sha256 !== last.sha256) return err({ code: 'ingest.archive_unpacker_failed' });
  const coverage = said.flatMap((message): CoverageEntry[] => (message.type === 'coverage' ? [message.entry] : []));
  const facts: TreeFacts = { ...tree, coverage, coverageCounts: last.counts };
  await writeFile(join(target, treeFactsFile), JSON.stringify(facts), { mode: 0o600, flag: 'wx' });
  return ok({ directory: target, ...facts, commit: last.commit });
}
