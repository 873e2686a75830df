import { auditFilterSchema } from '@lib/contract';
import { z } from 'zod';
import { viewNames } from '../views/audit-view.ts';

/**
 * What an export is to hold, fixed when it is asked for, so that every attempt makes the same bytes. `checkpoint` is the whole signed
 * note. `proofs`: leaves that get a proof of their own beside the last entry. Units: ms since the Unix epoch.
 */
export const bundlePlanSchema = z.object({
  origin: z.string(),
  size: z.int().min(0),
  checkpoint: z.string(),
  verifierKey: z.string(),
  policy: z.string(),
  filter: auditFilterSchema,
  views: z.array(z.enum(viewNames)),
  proofs: z.array(z.int().min(0)),
  pending: z.int().min(0),
  createdAtMs: z.int(),
});
export type BundlePlan = Readonly<z.infer<typeof bundlePlanSchema>>;
