import { limits, pageOf } from '@lib/contract';
import { Fault } from '@lib/kernel';
import type { z } from 'zod';
import type { ApiClient } from '../up/api-client.ts';

const pagesMax = 300; // of 200: more findings than any scan keeps

/** A list: `path` ends with `?` or `&`, `itemsMax` is where to stop. */
export type Listing<T> = { readonly path: string; readonly item: z.ZodType<T>; readonly itemsMax?: number };

/**
 * Everything that a list answers, page by page.
 * Errors: Fault `up.too_many_pages` for a list that does not end.
 */
export async function everyPage<T>(
  client: ApiClient,
  { path, item, itemsMax = Number.POSITIVE_INFINITY }: Listing<T>,
): Promise<readonly T[]> {
  const items: T[] = [];
  let cursor = '';
  for (let page = 0; page < pagesMax; page++) {
    const wanted = Math.min(limits.pageSizeMax, itemsMax - items.length);
    const answer = await client.get(`${path}limit=${String(wanted)}${cursor}`, pageOf(item));
    items.push(...answer.items);
    if (answer.nextCursor === null || items.length === itemsMax) return items;
    cursor = `&cursor=${encodeURIComponent(answer.nextCursor)}`;
  }
  throw new Fault('up.too_many_pages', { internal: path });
}
