/** What stands somewhere in a text. Units: UTF-16 offset. */
export type Positioned = { readonly position: number };

/** Those of a list in source order that begin inside a span, found by halves: a loop does not pay for what the rest of its function holds. */
export function positionedWithin<T extends Positioned>(
  inOrder: readonly T[],
  span: { readonly start: number; readonly end: number },
): readonly T[] {
  return inOrder.slice(firstFrom(inOrder, span.start), firstFrom(inOrder, span.end));
}

function firstFrom(inOrder: readonly Positioned[], position: number): number {
  let low = 0;
  let high = inOrder.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((inOrder[middle]?.position ?? 0) < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
