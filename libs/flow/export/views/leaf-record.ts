/** One leaf with the bytes that were hashed: everything in an export is made from these. `index` is its place in the log. */
export type LeafRecord = { readonly index: number; readonly hash: Uint8Array; readonly entry: Uint8Array };
