import { z } from 'zod';
import { analyzerNameSchema } from './finding.ts';

const absolutePathSchema = z.string().startsWith('/').max(4096);

/** What the supervisor asks of the launcher, as its one argument: which walls, which figures, which program behind them. Holds paths and figures only. */
export const sandboxPlanSchema = z.strictObject({
  /** Folder of the staged runtime: `launcher.mjs`, `runner.mjs`, `assets/`, `node_modules/`. */
  runtimeDirectory: absolutePathSchema,
  nodePath: absolutePathSchema,
  treeDirectory: absolutePathSchema,
  analyzers: z.array(analyzerNameSchema).min(1),
  /** The process that must still be the parent when the launcher starts; 0 inside a pid namespace, where it cannot be seen. */
  parentPid: z.int().min(0),
  bubblewrap: z.boolean(),
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

/** What the launcher hands to the runner: what to analyse and what it has put in place, so that the runner can check it by effect. */
export const runnerOrderSchema = z.strictObject({
  runtimeDirectory: absolutePathSchema,
  treeDirectory: absolutePathSchema,
  analyzers: z.array(analyzerNameSchema).min(1),
  bubblewrap: z.boolean(),
  landlockAbi: z.int().min(0),
  seccompFiltersBefore: z.int().min(0),
});
export type RunnerOrder = z.infer<typeof runnerOrderSchema>;

/** The files of a runtime folder, written by the build as `runtime.json` and checked when the folder is staged. */
export const runtimeManifestSchema = z.strictObject({
  v: z.literal(1),
  files: z.array(z.strictObject({ path: z.string().min(1).max(1024), sha256: z.string().regex(/^[0-9a-f]{64}$/u) })).max(5000),
});
export type RuntimeManifest = z.infer<typeof runtimeManifestSchema>;
