import { z } from 'zod';
import { limits } from '../limits.ts';

/** Query part of every list: an opaque cursor and a page size. */
export const pageQuery = {
  cursor: z.string().max(limits.cursorCharsMax).optional(),
  limit: z.coerce.number().int().min(1).max(limits.pageSizeMax).default(limits.pageSizeDefault),
};

/** A page: items in a total order and, when there is more, the cursor that continues it. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** An instant on the wire: UTC, milliseconds. */
export const instantSchema = z.iso.datetime({ precision: 3 });
