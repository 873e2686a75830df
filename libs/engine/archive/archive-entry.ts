import type { ArchiveRefusalCode } from '@lib/contract';

/** What an archive says an entry is. */
export type EntryKind = 'file' | 'folder' | 'symlink' | 'hard_link' | 'device' | 'fifo' | 'socket' | 'submodule' | 'other';

/** One entry as its header announces it. `name` is as it stands there: bytes of any encoding. Units: bytes. */
export type ArchiveEntry = { readonly name: Uint8Array; readonly kind: EntryKind; readonly bytes: number };

/** Why nothing of an archive is kept. `path` is made to be shown: bounded, as the archive says it. */
export type ArchiveRefusal = { readonly code: ArchiveRefusalCode; readonly path?: string };

/** A refusal by its code, for the entry of this name. */
export function refusal(code: ArchiveRefusalCode, path?: string): ArchiveRefusal {
  return path === undefined ? { code } : { code, path: path.replaceAll('\u0000', '').slice(0, shownCharsMax) };
}

const shownCharsMax = 200; // enough to find the entry
