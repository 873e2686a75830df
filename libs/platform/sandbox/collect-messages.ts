import { z } from 'zod';
import { limits, sandboxLineSchema, sha256Schema } from '@lib/contract';
import type { AnalyzerName, AnalyzerRun, CoverageEntry, CoverageReason, FinderName, SandboxLayers, SandboxMessage } from '@lib/contract';
import { judgeLock, type StandingWalls } from './judge-lock.ts';
import type { KeySecret } from './sandbox.ts';
import type { LineMeaning, LineReader } from './supervise-process.ts';

/** Everything said so far. */
export type Collected = {
  readonly layers: SandboxLayers | undefined;
  readonly ended: boolean;
  readonly runs: readonly AnalyzerRun[];
  readonly findingCount: number;
  readonly coverage: readonly CoverageEntry[];
  readonly coverageCounts: Partial<Record<CoverageReason, number>>;
};

/** Reads the protocol, one line at a time: `locked` first and once, nothing after `end`, only analyzers that were asked, bounded counts. */
export type MessageCollector = { readonly readerFor: (walls: StandingWalls) => LineReader<SandboxMessage>; readonly collected: Collected };

type State = {
  layers: SandboxLayers | undefined;
  ended: boolean;
  runs: AnalyzerRun[];
  findingCount: number;
  progressCount: number;
  componentCount: number;
  coverage: CoverageEntry[];
  coverageCounts: Partial<Record<CoverageReason, number>>;
};

/**
 * A collector for one analysis. Pure: it holds figures, and trusts nothing that it reads. The digest of a secret goes no further than here:
 * `keySecret` makes the one that is kept of it; without that none is kept.
 */
export function collectMessages(asked: readonly AnalyzerName[], keySecret?: KeySecret): MessageCollector {
  const state: State = {
    layers: undefined,
    ended: false,
    runs: [],
    findingCount: 0,
    progressCount: 0,
    componentCount: 0,
    coverage: [],
    coverageCounts: {},
  };
  return {
    collected: state,
    readerFor: (walls) => ({
      hasLocked: () => state.layers !== undefined,
      hasEnded: () => state.ended,
      accept: (line) => meaningOf(line, state, { asked, walls, keySecret }),
    }),
  };
}

type Rules = { readonly asked: readonly AnalyzerName[]; readonly walls: StandingWalls; readonly keySecret: KeySecret | undefined };

function meaningOf(line: string, state: State, { asked, walls, keySecret }: Rules): LineMeaning<SandboxMessage> {
  const value = parseJson(line);
  const parsed = sandboxLineSchema.safeParse(value);
  if (!parsed.success) return { kind: 'broken', why: 'a line that fits no message' };
  const message = parsed.data;
  if (state.ended) return { kind: 'broken', why: 'a line after the end' };
  const locked = state.layers !== undefined;
  if (message.type === 'refused') {
    return locked ? { kind: 'broken', why: 'a refusal after the lock' } : { kind: 'refused', missing: message.missing };
  }
  if (locked === (message.type === 'locked')) return { kind: 'broken', why: locked ? 'locked twice' : 'a message before the lock' };
  if (message.type === 'locked') return noteLock(message.layers, state, walls);
  const why = isAsked(message, asked) ? note(state, message) : `a ${message.type} of an analyzer that was not asked`;
  return why === undefined ? { kind: 'message', message: withKeyed(message, value, keySecret) } : { kind: 'broken', why };
}

const digestSchema = z.object({ finding: z.object({ secretDigest: sha256Schema }) });

// The schema of messages has no place for the digest itself, so what is not keyed here is gone; a keyed one is never taken from the pipe.
function withKeyed(message: SandboxMessage, value: unknown, keySecret: KeySecret | undefined): SandboxMessage {
  if (message.type !== 'finding' || message.finding.lineage === undefined) return message;
  const { context, shape } = message.finding.lineage;
  const digest = digestSchema.safeParse(value).data?.finding.secretDigest;
  const keyed = digest === undefined || keySecret === undefined ? {} : { secret: keySecret(digest) };
  return { ...message, finding: { ...message.finding, lineage: { context, ...(shape === undefined ? {} : { shape }), ...keyed } } };
}

function noteLock(found: SandboxLayers, state: State, walls: StandingWalls): LineMeaning<SandboxMessage> {
  const { layers, missing } = judgeLock(found, walls, 'runner');
  if (missing.length > 0) return { kind: 'refused', missing };
  state.layers = layers;
  return { kind: 'message', message: { type: 'locked', layers } };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isAsked(message: SandboxMessage, asked: readonly FinderName[]): boolean {
  switch (message.type) {
    case 'progress':
      return asked.includes(message.analyzer);
    case 'finding':
      return asked.includes(message.finding.analyzer);
    case 'coverage':
      return message.entry.analyzer === undefined || asked.includes(message.entry.analyzer);
    case 'analyzer':
      return asked.includes(message.run.analyzer);
    default:
      return true;
  }
}

// Answers what is wrong with a message that is well formed but out of bounds.
function note(state: State, message: SandboxMessage): string | undefined {
  switch (message.type) {
    case 'locked':
      return 'locked twice'; // noted where the lock is judged
    case 'end':
      state.ended = true;
      return undefined;
    case 'progress':
      state.progressCount += 1;
      return state.progressCount > limits.progressLinesMax ? 'more progress than there are files' : undefined;
    case 'finding':
      state.findingCount += 1;
      return state.findingCount > limits.findingsPerScanMax ? 'more findings than one scan may have' : undefined;
    case 'component':
      state.componentCount += 1;
      return state.componentCount > limits.componentsPerScanMax ? 'more packages than one scan may have' : undefined;
    case 'coverage':
      noteCoverage(state, message.entry);
      return undefined;
    case 'analyzer':
      if (state.runs.some((run) => run.analyzer === message.run.analyzer)) return 'two runs of one analyzer';
      state.runs.push(message.run);
      return undefined;
  }
}

function noteCoverage(state: State, entry: CoverageEntry): void {
  state.coverageCounts[entry.reason] = (state.coverageCounts[entry.reason] ?? 0) + 1;
  if (state.coverage.length < limits.coverageEntriesMax) state.coverage.push(entry);
}
