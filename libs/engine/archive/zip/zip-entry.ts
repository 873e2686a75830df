import type { ArchiveEntry } from '../archive-entry.ts';

/** One entry of a zip as its directory describes it, and where its local header is. Units: bytes. */
export type ZipEntry = ArchiveEntry & {
  readonly rawName: Uint8Array;
  readonly method: 'stored' | 'deflated';
  readonly flags: number;
  readonly crc32: number;
  readonly packedBytes: number;
  readonly localOffset: number;
};

/** An archive that can be read anywhere. Units: bytes. `read` answers exactly what was asked for when it lies within. */
export type SeekableBytes = { readonly bytes: number; readonly read: (offset: number, length: number) => Uint8Array };

export const flag = {
  encrypted: 1,
  descriptor: 1 << 3,
  patched: 1 << 5,
  strongEncryption: 1 << 6,
  utf8: 1 << 11,
  masked: 1 << 13,
} as const;
