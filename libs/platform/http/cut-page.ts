/** A page as the contract says it. */
export type Page<T> = { readonly items: T[]; readonly nextCursor: string | null };

/**
 * Makes a page of at most `limit` items from rows that were read with one more: the extra row only says that there is more.
 * `cursorAfter` seals the position of the last row that is shown.
 */
export function cutPage<R, T>(
  rows: readonly R[],
  limit: number,
  make: { readonly item: (row: R) => T; readonly cursorAfter: (row: R) => string },
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? make.cursorAfter(last) : null;
  return { items: shown.map(make.item), nextCursor };
}
