import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { limits, treeFactsFile, unpackMessageSchema } from '@lib/contract';
import type { ArchiveFormat, ArchiveRefusalCode, CoverageEntry, TreeFacts, UnpackMessage } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import type { SandboxRefusal, Unpacker } from '@lib/platform/sandbox';
import type { SealedFolder } from '../seal-folder/read-sealed-folder.ts';
import { adoptTree } from './adopt-tree.ts';

/** A sealed tree. `commit` is the one that the git host wrote into the archive; `memoryBytesMax` the most that the unpacker says it held. */
export type SealedArchive = SealedFolder & { readonly commit: string | undefined; readonly memoryBytesMax: number };

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

/** What the unpacker gets and where its tree goes. `coverage`: what whoever made the input has left out of it. */
export type SealInputJob = {
  readonly input: Readable | number;
  readonly format: ArchiveFormat;
  readonly target: string;
  readonly coverage?: readonly CoverageEntry[];
  readonly signal?: AbortSignal;
};

/**
 * Has an archive unpacked behind the walls and makes what comes out a sealed tree, if it is one. Nothing that the unpacker says is believed
 * beyond its schema: see `adoptTree`. Errors: see `SealArchiveError`. Fault `sandbox.start_failed`.
 */
export async function sealInput(unpacker: Unpacker, job: SealInputJob): Promise<Result<SealedArchive, SealArchiveError>> {
  await mkdir(dirname(job.target), { recursive: true }); // of the usual mode: the unpacker's own user passes through
  await mkdir(job.target, { recursive: true, mode: 0o700 });
  const said: UnpackMessage[] = [];
  const outcome = await unpacker.unpack(
    {
      input: job.input,
      format: job.format,
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
  return failed === undefined ? judge(job, said) : err({ code: failed });
}

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

async function judge(job: SealInputJob, said: readonly UnpackMessage[]): Promise<Result<SealedArchive, SealArchiveError>> {
  const last = said.at(-1);
  if (last?.type === 'archive_refused') return err({ code: last.code, ...(last.path === undefined ? {} : { path: last.path }) });
  if (last?.type === 'disk_full') return err({ code: 'ingest.disk_full' });
  return last?.type === 'sealed' ? takeOver(job, said, last) : err({ code: 'ingest.archive_unpacker_failed' });
}

type Sealed = Extract<UnpackMessage, { readonly type: 'sealed' }>;

async function takeOver(
  { target, coverage: before = [] }: SealInputJob,
  said: readonly UnpackMessage[],
  sealed: Sealed,
): Promise<Result<SealedArchive, SealArchiveError>> {
  const tree = await adoptTree(target);
  if (tree?.sha256 !== sealed.sha256) return err({ code: 'ingest.archive_unpacker_failed' });
  const told = said.flatMap((message): CoverageEntry[] => (message.type === 'coverage' ? [message.entry] : []));
  const coverage = [...before, ...told].slice(0, limits.coverageEntriesMax);
  const facts: TreeFacts = { ...tree, coverage, coverageCounts: countsOf(sealed.counts, before) };
  await writeFile(join(target, treeFactsFile), JSON.stringify(facts), { mode: 0o600, flag: 'wx' });
  return ok({ directory: target, ...facts, commit: sealed.commit, memoryBytesMax: sealed.memoryBytesMax });
}

type Counts = TreeFacts['coverageCounts'];

function countsOf(told: Counts, before: readonly CoverageEntry[]): Counts {
  const counts = { ...told };
  for (const { reason } of before) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
