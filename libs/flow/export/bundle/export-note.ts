import { auditFilterSchema } from '@lib/contract';
import { z } from 'zod';
import { viewNames } from '../views/audit-view.ts';

/** Where the note stands in a bundle. */
export const notePath = 'export.json';

/** What the export says of itself: whether it is the whole log, and if not, by which filter and how many. */
export const exportNoteSchema = z.strictObject({
  v: z.literal(1),
  kind: z.enum(['whole', 'filtered']),
  origin: z.string().max(300),
  size: z.int().min(0),
  filter: auditFilterSchema,
  matched: z.int().min(0),
  views: z.array(z.enum(viewNames)),
  /** Events that were committed and had no place in the log yet when the export was asked for. They are not in it. */
  pending: z.int().min(0),
  createdAt: z.iso.datetime({ precision: 3 }),
});
export type ExportNote = z.infer<typeof exportNoteSchema>;

const noteBytesMax = 65_536; // filters are short

/** Reads a note, or nothing when the bytes are none. */
export function readExportNote(bytes: Uint8Array): ExportNote | undefined {
  if (bytes.length > noteBytesMax) return undefined;
  try {
    return exportNoteSchema.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
