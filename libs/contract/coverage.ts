import { z } from 'zod';
import { analyzerNameSchema, finderNameSchema, treePathSchema } from './finding.ts';
import { sha256Schema } from './ids.ts';
import { limits } from './limits.ts';

/** Why a file, or part of one, was not analysed. A closed list: the dashboard and the exit code depend on it.
 * `left_out` is a folder that is not the customer's source (`.git`, `node_modules`); `lfs_pointer` and `submodule` stand for bytes that
 * are kept elsewhere; `name_hazard` is a file that was analysed and whose name is unsafe on other systems; `unresolved` is what a file that
 * was read asks for and only a registry, or a file that is not in the tree, could say; `unsupported` is a form that is known and not read;
 * `ignore_dead` is a comment that asks for a finding to be ignored and counts for nothing. */
export const coverageReasons = [
  'too_large',
  'binary',
  'not_utf8',
  'syntax_error',
  'limit_reached',
  'analyzer_failed',
  'timed_out',
  'unreadable',
  'symlink_dropped',
  'special_file_dropped',
  'path_refused',
  'left_out',
  'lfs_pointer',
  'submodule',
  'name_hazard',
  'no_advisory_data',
  'unresolved',
  'unsupported',
  'ignore_dead',
] as const;
export const coverageReasonSchema = z.enum(coverageReasons);
export type CoverageReason = z.infer<typeof coverageReasonSchema>;

/** Reasons that are ordinary and do not make a scan incomplete (a binary is not source). */
export const benignReasons: readonly CoverageReason[] = [
  'binary',
  'symlink_dropped',
  'special_file_dropped',
  'left_out',
  'lfs_pointer',
  'submodule',
  'name_hazard',
  'no_advisory_data',
  'unresolved',
  'ignore_dead',
];

/** One thing that was not covered. `analyzer` is absent when ingest left it out. */
export const coverageEntrySchema = z.object({
  path: treePathSchema,
  reason: coverageReasonSchema,
  analyzer: analyzerNameSchema.optional(),
  detail: z.string().max(limits.noteCharsMax).optional(),
});
export type CoverageEntry = z.infer<typeof coverageEntrySchema>;

/** Which walls stood around the analysis, as detected at run time (not as configured). */
export const sandboxLayersSchema = z.object({
  launcher: z.enum(['native', 'koffi', 'absent']), // `koffi` stands in certificates of before the native launcher
  noNewPrivileges: z.boolean(),
  landlockAbi: z.int().min(0),
  seccompStage1: z.boolean(),
  seccompStage2: z.boolean(),
  bubblewrap: z.boolean(),
  unprivilegedUser: z.boolean(),
  /** A control group of its own with bounds on memory and processes, made by the supervisor. */
  cgroup: z.boolean(),
});
export type SandboxLayers = z.infer<typeof sandboxLayersSchema>;

/** How an analysis in the sandbox ended. Only `finished` means that every message arrived. */
export const sandboxEndingSchema = z.enum(['finished', 'timed_out', 'cancelled', 'crashed', 'escape_attempt', 'protocol_error']);
export type SandboxEnding = z.infer<typeof sandboxEndingSchema>;

/** What one analyzer did: enough to reproduce it. */
export const analyzerRunSchema = z.object({
  analyzer: finderNameSchema,
  /** The tool whose results were imported, as its rule ids begin. */
  tool: z.string().max(limits.ruleIdCharsMax).optional(),
  version: z.string().max(limits.noteCharsMax),
  ruleDigest: sha256Schema,
  filesWanted: z.int().min(0),
  filesAnalyzed: z.int().min(0),
  bytesAnalyzed: z.int().min(0),
  findingCount: z.int().min(0),
  durationMs: z.int().min(0),
  finished: z.boolean(),
  notes: z.array(z.string().max(limits.noteCharsMax)).max(20),
});
export type AnalyzerRun = z.infer<typeof analyzerRunSchema>;

/**
 * What was read, what was skipped and why, which limits were hit, behind which walls.
 * `complete` is false when any wanted file was left out for a reason that is not benign.
 * `entries` is cut at `limits.coverageEntriesMax`; `counts` always holds the whole truth.
 */
export const coverageCertificateSchema = z.object({
  complete: z.boolean(),
  filesInTree: z.int().min(0),
  bytesInTree: z.int().min(0),
  treeSha256: sha256Schema,
  analyzers: z.array(analyzerRunSchema),
  counts: z.partialRecord(coverageReasonSchema, z.int().min(0)),
  entries: z.array(coverageEntrySchema),
  sandbox: sandboxLayersSchema,
  /** Of results of other tools: the digest of what they say, whatever the log says of itself (times, order). */
  resultsSha256: sha256Schema.optional(),
  /** Absent in certificates of before it was recorded. */
  ending: sandboxEndingSchema.optional(),
});
export type CoverageCertificate = z.infer<typeof coverageCertificateSchema>;
