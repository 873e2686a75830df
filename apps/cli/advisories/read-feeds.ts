import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { limits } from '@lib/contract';
import {
  gatherAdvisories,
  readExploitScores,
  readKnownExploited,
  type ExploitScores,
  type Gathered,
  type KnownExploited,
  type Verdict,
} from '@lib/engine/sca';
import { err, ok, type Result } from '@lib/kernel';
import { readZip } from './read-zip.ts';

/** What files of advisories hold. `counts` are of documents; `unread` names the first file that is none of what is read here. */
export type Feeds = {
  readonly gathered: readonly Gathered[];
  readonly exploited: KnownExploited | undefined;
  readonly scores: ExploitScores | undefined;
  readonly counts: Readonly<Record<Verdict, number>>;
  readonly unread: string | undefined;
};

/** Why nothing was taken. `file` is the one that it is about. */
export type FeedError = { readonly code: string; readonly file: string };

/**
 * Reads advisories in OSV form (a document, a list of them, a zip of them, a folder of all of these), CISA's catalogue in JSON and FIRST's
 * table of probabilities in CSV, packed by gzip or not: each file is known by what is in it. Nothing is written.
 * Errors: `advisories.source_missing`, `advisories.too_large`, `advisories.too_many`, `advisories.table_broken`, `ingest.archive_*`.
 */
export function readFeeds(source: string): Result<Feeds, FeedError> {
  const files = filesOf(source);
  if (!files.ok) return files;
  const state: State = {
    gathering: gatherAdvisories(),
    counts: { taken: 0, withdrawn: 0, foreign: 0, refused: 0, no_advisory: 0 },
    exploited: undefined,
    scores: undefined,
    unread: undefined,
  };
  for (const file of files.value) {
    const read = readOne(state, file);
    if (!read.ok) return read;
  }
  const { gathering, exploited, scores, counts, unread } = state;
  return ok({ gathered: gathering.gathered(), exploited, scores, counts, unread });
}

type State = {
  readonly gathering: ReturnType<typeof gatherAdvisories>;
  readonly counts: Record<Verdict, number>;
  exploited: KnownExploited | undefined;
  scores: ExploitScores | undefined;
  unread: string | undefined;
};
type Step = Result<undefined, FeedError>;

function filesOf(source: string): Result<readonly string[], FeedError> {
  const found = statSync(source, { throwIfNoEntry: false });
  if (found === undefined) return err({ code: 'advisories.source_missing', file: source });
  if (!found.isDirectory()) return ok([source]);
  const names = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:json|zip|csv|csv\.gz)$/u.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  if (names.length > limits.advisoryDocumentsMax) return err({ code: 'advisories.too_many', file: source });
  return ok(names.toSorted());
}

function readOne(state: State, file: string): Step {
  const { size } = statSync(file);
  if (file.endsWith('.zip')) {
    if (size > limits.advisoryFeedBytesMax) return err({ code: 'advisories.too_large', file });
    return readArchive(state, file);
  }
  if (size > limits.advisoryTableBytesMax) return err({ code: 'advisories.too_large', file });
  return takeBytes(state, file, readFileSync(file));
}

function readArchive(state: State, file: string): Step {
  let failed: Step = ok(undefined);
  const read = readZip(file, (name, bytes) => {
    if (failed.ok) failed = takeBytes(state, `${file}/${name}`, bytes);
  });
  return read.ok ? failed : err({ code: read.error.code, file });
}

function takeBytes(state: State, file: string, packed: Uint8Array): Step {
  const bytes = packed[0] === 0x1f && packed[1] === 0x8b ? unzipped(packed) : packed;
  if (bytes === undefined) return err({ code: 'advisories.table_broken', file });
  const text = new TextDecoder().decode(bytes);
  if (/\.csv(?:\.gz)?$/u.test(file)) return takeTable(state, file, text);
  const document = parse(text);
  const exploited = readKnownExploited(document);
  if (exploited !== undefined) state.exploited = exploited;
  else if (bytes.byteLength > limits.advisoryDocumentBytesMax && !Array.isArray(document))
    return err({ code: 'advisories.too_large', file });
  else for (const one of Array.isArray(document) ? document : [document]) take(state, file, one);
  return ok(undefined);
}

function takeTable(state: State, file: string, text: string): Step {
  const scores = readExploitScores(text);
  if (scores === undefined) return err({ code: 'advisories.table_broken', file });
  state.scores = scores;
  return ok(undefined);
}

function take(state: State, file: string, document: unknown): void {
  const verdict = state.gathering.take(document);
  state.counts[verdict] += 1;
  if (verdict === 'no_advisory' || verdict === 'refused') state.unread ??= basename(file);
}

function unzipped(packed: Uint8Array): Uint8Array | undefined {
  try {
    return gunzipSync(packed, { maxOutputLength: limits.advisoryTableBytesMax });
  } catch {
    return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
