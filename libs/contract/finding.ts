import { z } from 'zod';
import { limits } from './limits.ts';
import { confidenceSchema, severitySchema } from './severity.ts';
import { sha256Schema } from './ids.ts';
import { vexJustificationSchema, vexStatusSchema } from './vex.ts';

/** Names of the analyzers that this build knows; the registry holds the implementations. */
export const analyzerNames = ['sast', 'secrets', 'iac', 'sca'] as const;
export const analyzerNameSchema = z.enum(analyzerNames);
export type AnalyzerName = z.infer<typeof analyzerNameSchema>;

/** Who finds: an analyzer of this build, or another tool whose results were imported. */
export const finderNames = [...analyzerNames, 'import'] as const;
export const finderNameSchema = z.enum(finderNames);
export type FinderName = z.infer<typeof finderNameSchema>;

/** Text that may be stored and shown: bounded, and free of NUL, which Postgres text cannot hold. */
const boundedText = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !text.includes('\u0000'), 'contains NUL');

/** POSIX path relative to the root of the tree. */
export const treePathSchema = boundedText(limits.pathBytesMax).min(1);

/** Lines and columns are 1-based; columns count UTF-16 code units; `endColumn` is exclusive. */
export const locationSchema = z.object({
  path: treePathSchema,
  startLine: z.int().min(1),
  startColumn: z.int().min(1),
  endLine: z.int().min(1),
  endColumn: z.int().min(1),
});
export type Location = z.infer<typeof locationSchema>;

/** One step of a data flow, source first, sink last. `note` is a word on what happens there. */
export const flowStepSchema = z.object({ location: locationSchema, note: boundedText(limits.noteCharsMax) });
export type FlowStep = z.infer<typeof flowStepSchema>;

/** Redacted source lines around the finding: what evidence keeps and the dashboard shows. */
export const excerptSchema = z.object({
  startLine: z.int().min(1),
  lines: z.array(boundedText(limits.excerptLineCharsMax)).max(limits.excerptLinesMax),
});
export type Excerpt = z.infer<typeof excerptSchema>;

/** What a dependency finding is about. */
export const dependencySchema = z.object({
  purl: boundedText(limits.noteCharsMax),
  installedVersion: boundedText(limits.noteCharsMax),
  fixedVersions: z.array(boundedText(limits.noteCharsMax)).max(20),
  /** Every name of every advisory: several databases name one flaw. */
  advisoryIds: z.array(boundedText(limits.noteCharsMax)).max(limits.advisoryIdsPerFindingMax),
  /** Whether the project asks for it itself; absent where no file says. */
  direct: z.boolean().optional(),
  /** Only development needs it. */
  dev: z.boolean().optional(),
  /** `name@version` from what the project asks for to the package. */
  path: z.array(boundedText(limits.noteCharsMax)).max(limits.dependencyPathMax).optional(),
  /** The day on which CISA listed one of the flaws as exploited. */
  knownExploitedSince: z.string().max(10).optional(),
  /**
   * Whether sources of the project use it. By the call graph: they use a function that an advisory names, they call it and none of those
   * functions, they call it, they import it (`place` is a file and a line). By their text: they name it, they name something that needs it
   * (`by`), or they name neither; `hidden` says that they name neither and that one loads what it does not name. Absent where nothing is known.
   */
  use: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('named'), place: boundedText(limits.pathBytesMax + 20) }),
      z.object({ kind: z.literal('imported'), place: boundedText(limits.pathBytesMax + 20) }),
      z.object({ kind: z.literal('called'), place: boundedText(limits.pathBytesMax + 20) }),
      z.object({
        kind: z.literal('vulnerable_called'),
        place: boundedText(limits.pathBytesMax + 20),
        symbol: boundedText(limits.noteCharsMax),
      }),
      z.object({
        kind: z.literal('vulnerable_not_called'),
        place: boundedText(limits.pathBytesMax + 20),
        symbols: z.array(boundedText(limits.noteCharsMax)).min(1).max(limits.symbolsPerFindingMax),
      }),
      z.object({ kind: z.literal('hidden'), place: boundedText(limits.pathBytesMax + 20) }),
      z.object({ kind: z.literal('through'), by: boundedText(limits.noteCharsMax) }),
      z.object({ kind: z.literal('not_found') }),
    ])
    .optional(),
  /** What suppliers say of its flaws in OpenVEX documents of the tree; shown, and never a reason to leave a finding out. */
  vex: z
    .array(
      z.object({
        id: boundedText(limits.noteCharsMax),
        status: vexStatusSchema,
        justification: vexJustificationSchema.optional(),
        by: boundedText(limits.noteCharsMax),
        date: boundedText(10),
        path: treePathSchema,
      }),
    )
    .max(limits.vexNotesPerFindingMax)
    .optional(),
  /** EPSS: the probability, 0 to 1, that one of them is exploited within 30 days. */
  exploitProbability: z.number().min(0).max(1).optional(),
});

const traitSchema = z.string().regex(/^[0-9a-f]{32}$/u);

/**
 * What a finding is known by when its fingerprint is not the same any more: neither the rule nor the path is in it. `context` is the text
 * that moves with the code, `shape` the same without layout and without the names of variables.
 */
export const draftLineageSchema = z.object({
  context: traitSchema,
  shape: traitSchema.optional(),
  /** Of a secret: its digest under the tenant's key, so that equal secrets of one tenant can be told and nobody can guess at them. */
  secret: sha256Schema.optional(),
});
export type DraftLineage = z.infer<typeof draftLineageSchema>;

/**
 * What a comment beside the finding asks: that it be ignored for a reason, up to and with a day. It changes nothing until a person grants it.
 * `line` is the comment's, in the finding's file.
 */
export const ignoreRequestSchema = z.object({
  reason: boundedText(limits.ignoreReasonCharsMax).min(1),
  until: z.iso.date(),
  line: z.int().min(1),
});
export type IgnoreRequest = z.infer<typeof ignoreRequestSchema>;

/**
 * One finding as an analyzer reports it: a line of JSON on the sandbox's one output pipe.
 * `fingerprint` is a SHA-256 over the rule's id and the normalised context (never the line number), see engine/sdk.
 */
export const findingDraftSchema = z.object({
  analyzer: finderNameSchema,
  ruleId: z
    .string()
    .regex(/^[a-z0-9]+(?:[-/][a-z0-9]+)*$/u)
    .max(limits.ruleIdCharsMax),
  ruleVersion: z.int().min(1),
  severity: severitySchema,
  confidence: confidenceSchema,
  title: boundedText(limits.titleCharsMax).min(1),
  message: boundedText(limits.messageCharsMax).min(1),
  remediation: boundedText(limits.messageCharsMax),
  cwe: z.array(z.int().min(1).max(9999)).max(limits.cwePerFindingMax),
  references: z.array(boundedText(limits.noteCharsMax)).max(limits.referencesPerFindingMax),
  location: locationSchema,
  flow: z.array(flowStepSchema).max(limits.flowStepsMax),
  excerpt: excerptSchema,
  fileSha256: sha256Schema,
  fingerprint: sha256Schema,
  lineage: draftLineageSchema.optional(),
  dependency: dependencySchema.optional(),
  ignore: ignoreRequestSchema.optional(),
});
export type FindingDraft = z.infer<typeof findingDraftSchema>;

/**
 * A draft as it comes out of the sandbox. `secretDigest` is the SHA-256 of the secret itself: whoever reads the pipe puts the tenant's key over
 * it at once, or drops it. It is never stored.
 */
export const reportedFindingSchema = findingDraftSchema.extend({ secretDigest: sha256Schema.optional() });
export type ReportedFinding = z.infer<typeof reportedFindingSchema>;
