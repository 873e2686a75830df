import { z } from 'zod';
import { analyzerNameSchema } from './finding.ts';
import { limits } from './limits.ts';

/** Where the bytes come from. The forge (GitHub) joins this union when it is built. */
export const scanSourceSchema = z.discriminatedUnion('kind', [z.object({ kind: z.literal('folder'), path: z.string().min(1).max(4096) })]);
export type ScanSource = z.infer<typeof scanSourceSchema>;

/** `succeeded`, `incomplete`, `failed`, `cancelled` are ends: a scan reaches exactly one of them, once. */
export const scanStates = ['queued', 'running', 'succeeded', 'incomplete', 'failed', 'cancelled'] as const;
export const scanStateSchema = z.enum(scanStates);
export type ScanState = z.infer<typeof scanStateSchema>;
export const scanEndStates: readonly ScanState[] = ['succeeded', 'incomplete', 'failed', 'cancelled'];

/** The stages in order, as they are drawn. */
export const scanStages = ['queued', 'ingest', 'analyze', 'record', 'done'] as const;
export const scanStageSchema = z.enum(scanStages);
export type ScanStage = z.infer<typeof scanStageSchema>;

/** Options of a scan, fixed when it is asked for. */
export const scanOptionsSchema = z.object({
  analyzers: z.array(analyzerNameSchema).min(1).optional(),
  wallMs: z.int().min(1000).max(limits.scanWallMsMax).optional(),
});
export type ScanOptions = z.infer<typeof scanOptionsSchema>;

/** What is pushed to the terminal and the browser while a scan runs. Figures are totals so far, so a lost event does no harm. */
export const scanProgressSchema = z.object({
  stage: scanStageSchema,
  state: scanStateSchema,
  filesTotal: z.int().min(0),
  filesDone: z.int().min(0),
  findingCount: z.int().min(0),
  analyzer: analyzerNameSchema.optional(),
});
export type ScanProgress = z.infer<typeof scanProgressSchema>;
