import { z } from 'zod';
import { componentSchema } from './component.ts';
import { analyzerRunSchema, coverageEntrySchema, sandboxLayersSchema } from './coverage.ts';
import { analyzerNameSchema, findingDraftSchema } from './finding.ts';

/**
 * One line of JSON on the sandbox's output pipe. The reader trusts nothing in it: each line is bounded, parsed by this schema,
 * and a line that does not fit ends the analysis as incomplete.
 */
export const sandboxMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('locked'), layers: sandboxLayersSchema }),
  z.object({
    type: z.literal('progress'),
    analyzer: analyzerNameSchema,
    filesDone: z.int().min(0),
    filesTotal: z.int().min(0),
    findingCount: z.int().min(0),
  }),
  z.object({ type: z.literal('finding'), finding: findingDraftSchema }),
  z.object({ type: z.literal('component'), component: componentSchema }),
  z.object({ type: z.literal('coverage'), entry: coverageEntrySchema }),
  z.object({ type: z.literal('analyzer'), run: analyzerRunSchema }),
  z.object({ type: z.literal('end') }),
]);
export type SandboxMessage = z.infer<typeof sandboxMessageSchema>;

/** Walls that should stand and do not, in words. */
export const missingLayersSchema = z.array(z.string().max(200)).max(50);

/** What the sandbox says instead of `locked` when it does not stand behind the walls it should: nothing was read, nothing ran. */
export const sandboxRefusedSchema = z.object({
  type: z.literal('refused'),
  missing: missingLayersSchema.min(1),
});

/** Every line that may appear on the pipe. `refused` is for the supervisor alone and is never forwarded. */
export const sandboxLineSchema = z.union([sandboxMessageSchema, sandboxRefusedSchema]);
