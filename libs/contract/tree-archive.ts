import type { TreeManifest } from './tree-manifest.ts';

/**
 * A sealed tree as one stream: the mark, the length of the manifest (8 bytes, big endian), the manifest, and every blob once, in the order
 * in which the manifest first names it. No names and no lengths but those of the manifest, whose digest the reader knows beforehand.
 */
export const treeArchive = { mark: 'AEGISTR1', headBytes: 16 } as const;

/** The blobs of an archive in their order, each once. Pure. */
export function archivedBlobs(manifest: TreeManifest): readonly { readonly sha256: string; readonly bytes: number }[] {
  const seen = new Map<string, { readonly sha256: string; readonly bytes: number }>();
  for (const { sha256, bytes } of manifest.files) if (!seen.has(sha256)) seen.set(sha256, { sha256, bytes });
  return [...seen.values()];
}
