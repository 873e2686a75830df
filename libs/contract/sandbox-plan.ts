import { z } from 'zod';
import { analyzerNameSchema } from './finding.ts';

const absolutePathSchema = z.string().startsWith('/').max(4096);

/** What stands around a program when it starts, as it is told; it checks all of it by effect. */
export const standingWallsSchema = z.strictObject({
  bubblewrap: z.boolean(),
  landlockAbi: z.int().min(0),
  /** Seccomp filters of the supervisor itself: what comes on top is ours. */
  seccompFiltersBefore: z.int().min(0),
});
export type StandingWalls = z.infer<typeof standingWallsSchema>;

/** The kinds of archive that may be unpacked. */
export const archiveFormats = ['tar', 'tar.gz', 'zip'] as const;
export const archiveFormatSchema = z.enum(archiveFormats);
export type ArchiveFormat = z.infer<typeof archiveFormatSchema>;

/** `runner.mjs` reads a sealed tree and writes nothing but its result pipe. */
export const runnerOrderSchema = standingWallsSchema.extend({
  program: z.literal('runner'),
  runtimeDirectory: absolutePathSchema,
  treeDirectory: absolutePathSchema,
  analyzers: z.array(analyzerNameSchema).min(1),
});
export type RunnerOrder = z.infer<typeof runnerOrderSchema>;

/** `unpacker.mjs` reads an archive from standard input and may write below one folder. */
export const unpackerOrderSchema = standingWallsSchema.extend({
  program: z.literal('unpacker'),
  targetDirectory: absolutePathSchema,
  format: archiveFormatSchema,
});
export type UnpackerOrder = z.infer<typeof unpackerOrderSchema>;

/** What one program behind the walls is asked to do. Its `program` is the name of its file in the runtime folder. */
export const sandboxOrderSchema = z.discriminatedUnion('program', [runnerOrderSchema, unpackerOrderSchema]);
export type SandboxOrder = z.infer<typeof sandboxOrderSchema>;

/** What the supervisor asks of the launcher, as its one argument: which walls, which figures, which order for the program behind them. Holds paths and figures only. */
export const sandboxPlanSchema = z.strictObject({
  /** Folder of the staged runtime: `launcher.mjs`, the programs, `assets/`, `node_modules/`. */
  runtimeDirectory: absolutePathSchema,
  nodePath: absolutePathSchema,
  /** Without what only the launcher finds out. */
  order: z.discriminatedUnion('program', [
    runnerOrderSchema.omit({ landlockAbi: true, seccompFiltersBefore: true }),
    unpackerOrderSchema.omit({ landlockAbi: true, seccompFiltersBefore: true }),
  ]),
  /** The process that must still be the parent when the launcher starts; 0 inside a pid namespace, where it cannot be seen. */
  parentPid: z.int().min(0),
  /** `off` is for tests of the refusal: the launcher then behaves as on a kernel without Landlock. */
  landlock: z.enum(['auto', 'off']),
  heapMib: z.int().min(64),
  addressBytesMax: z.int().min(1),
  cpuSecondsMax: z.int().min(1),
  openFilesMax: z.int().min(16),
  fileBytesMax: z.int().min(0),
  /** 0 when the user is shared with other processes: the kernel counts threads per user. */
  threadsMax: z.int().min(0),
});
export type SandboxPlan = z.infer<typeof sandboxPlanSchema>;

/** The files of a runtime folder, written by the build as `runtime.json` and checked when the folder is staged. */
export const runtimeManifestSchema = z.strictObject({
  v: z.literal(1),
  files: z.array(z.strictObject({ path: z.string().min(1).max(1024), sha256: z.string().regex(/^[0-9a-f]{64}$/u) })).max(5000),
});
export type RuntimeManifest = z.infer<typeof runtimeManifestSchema>;
