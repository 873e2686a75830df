import { z } from 'zod';
import { archiveFormatSchema } from './archive.ts';
import { analyzerNameSchema } from './finding.ts';
import { grammarNameSchema } from './grammar.ts';
import { sandboxEnvironmentSchema } from './sandbox-environment.ts';

const absolutePathSchema = z.string().startsWith('/').max(4096);

/** What stands around a program when it starts, as it is told; it checks all of it by effect. */
const standingWallsSchema = z.strictObject({
  runtimeDirectory: absolutePathSchema,
  environment: sandboxEnvironmentSchema,
  bubblewrap: z.boolean(),
  /** From the launcher, which alone can know; 0 without. */
  landlockAbi: z.int().min(0),
  /** Seccomp filters of the supervisor itself: what comes on top is ours. */
  seccompFiltersBefore: z.int().min(0),
});

/** `runner.mjs` reads a sealed tree and writes nothing but its result pipe. */
export const runnerOrderSchema = standingWallsSchema.extend({
  program: z.literal('runner'),
  treeDirectory: absolutePathSchema,
  analyzers: z.array(analyzerNameSchema).min(1),
  /** What the tree needs opened: decided outside, since its paths are read behind the walls only. */
  grammars: z.array(grammarNameSchema),
  /** The day (UTC), by which comments that ask for findings to be ignored are judged: there is no clock behind the walls. */
  today: z.iso.date(),
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

/** The files of a runtime folder, written by the build as `runtime.json` and checked when the folder is staged. */
export const runtimeManifestSchema = z.strictObject({
  v: z.literal(2),
  /** By which flags Node has to be started, beside those for memory. */
  nodeFlags: z.array(z.string().startsWith('--')).max(20),
  /** Heaps of the runner to start from, and which analyzers are in each. Empty where the build made none. */
  snapshots: z.array(z.strictObject({ path: z.string().min(1).max(1024), analyzers: z.array(analyzerNameSchema).min(1) })).max(20),
  files: z.array(z.strictObject({ path: z.string().min(1).max(1024), sha256: z.string().regex(/^[0-9a-f]{64}$/u) })).max(5000),
});
export type RuntimeManifest = z.infer<typeof runtimeManifestSchema>;

/**
 * `store.json` of a folder of imported advisories, the part that the sandbox reads: which assets of the runtime they stand in for. `file` is
 * the name of one in that folder.
 */
export const advisoryOverlaySchema = z.object({
  v: z.literal(1),
  current: z.object({
    files: z
      .array(
        z.object({
          asset: z.string().regex(/^sca\.[a-z-]+\.(?:osv|json)$/u),
          file: z.string().regex(/^[0-9a-f]{64}\.(?:osv|json)$/u),
          sha256: z.string().regex(/^[0-9a-f]{64}$/u),
        }),
      )
      .max(50),
  }),
});
