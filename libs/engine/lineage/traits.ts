import { z } from 'zod';
import { confidences, limits, type FindingDraft } from '@lib/contract';
import { packageOf } from './package-flaw.ts';
import { sketchOf, wordsOf } from './sketch.ts';
import { topicOf } from './weakness-topic.ts';

const hexOf = (chars: number) => z.string().regex(new RegExp(`^[0-9a-f]{${String(chars)}}$`, 'u'));
const sketchSchema = z.string().regex(/^(?:[0-9a-f]{4})*$/u);

/**
 * What a tool's report of a flaw is known by in later scans and beside reports of other tools: hashes and places, no text of the customer.
 * Stored with the report; a few hundred bytes.
 */
export const traitsSchema = z.object({
  context: hexOf(32).optional(),
  shape: hexOf(32).optional(),
  /** Sketches of the excerpt: its words as they are, and without names. */
  near: sketchSchema,
  form: sketchSchema,
  /** The line before and the one after, without names. */
  before: z.string().max(4),
  after: z.string().max(4),
  /** The bytes of the file, where they were seen. */
  file: hexOf(16).optional(),
  path: z.string(),
  /** Start line and column, end line and column. */
  place: z.tuple([z.int(), z.int(), z.int(), z.int()]),
  topic: z.string(),
  /** The vulnerable package, for what is about one. */
  package: z.object({ name: z.string(), version: z.string(), ids: z.array(z.string()) }).optional(),
  /** The keyed digest of the secret, for what is about one. */
  secret: hexOf(64).optional(),
});
export type Traits = z.infer<typeof traitsSchema>;

/** The traits of a draft. Pure; reads the excerpt, which is redacted. */
export function traitsOf(draft: FindingDraft): Traits {
  const { location, excerpt, lineage, dependency } = draft;
  const first = location.startLine - excerpt.startLine;
  const last = location.endLine - excerpt.startLine;
  const about = packageOf(dependency);
  return {
    ...(lineage ?? {}),
    near: sketchOf(excerpt.lines, 'as it is'),
    form: sketchOf(excerpt.lines, 'without names'),
    before: wordsOf(excerpt.lines.slice(0, Math.max(0, first)).findLast((line) => line.trim() !== '')),
    after: wordsOf(excerpt.lines.slice(Math.max(0, last + 1)).find((line) => line.trim() !== '')),
    ...(draft.analyzer === 'import' ? {} : { file: draft.fileSha256.slice(0, 16) }),
    path: location.path,
    place: [location.startLine, location.startColumn, location.endLine, location.endColumn],
    topic: topicOf(draft),
    ...(about === undefined ? {} : { package: about }),
  };
}

/** Which of several reports of one flaw is shown: the lowest. Analyzers of ours come first, for they have a flow and evidence of the code. */
export function rankOf({ analyzer, confidence }: Pick<FindingDraft, 'analyzer' | 'confidence'>): number {
  return (analyzer === 'import' ? 10 : 0) + confidences.indexOf(confidence);
}

/** Who reports: the analyzer, or the tool whose results were imported. */
export function toolOf({ analyzer, ruleId }: Pick<FindingDraft, 'analyzer' | 'ruleId'>): string {
  return (analyzer === 'import' ? (ruleId.split('/')[0] ?? analyzer) : analyzer).slice(0, limits.ruleIdCharsMax);
}

/** A report of a tool, known from earlier scans or just made. Only reports of one tool and one rule are ever taken for the same. */
export type Reported = {
  readonly fingerprint: string;
  readonly tool: string;
  readonly ruleId: string;
  readonly traits: Traits;
  /** Whether the tool's last look still saw it; one that is gone is only taken up again where it was. */
  readonly live: boolean;
};
