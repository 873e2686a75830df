import { z } from 'zod';
import { treePathSchema } from './finding.ts';
import { limits } from './limits.ts';

const shortText = z
  .string()
  .max(limits.noteCharsMax)
  .refine((text) => !text.includes('\u0000'), 'contains NUL');

/** A package that one file of the tree resolves: a line of a bill of materials. One a file, package and version. */
export const componentSchema = z.object({
  /** The package URL, which names the same package wherever it stands. Source: github.com/package-url/purl-spec. */
  purl: shortText.min(1),
  name: shortText.min(1),
  version: shortText,
  /** The file that resolves it. */
  path: treePathSchema,
  /** As the file says it: often an SPDX expression, sometimes any words. Absent where no file says. */
  license: shortText.optional(),
  /** Whether the project asks for it itself; absent where no file says. */
  direct: z.boolean().optional(),
  /** Only development needs it. */
  dev: z.boolean(),
  /** Package URLs of what it needs, of the same file. */
  dependsOn: z.array(shortText).max(limits.componentEdgesMax),
});
export type Component = z.infer<typeof componentSchema>;
