import type { limits } from '@lib/contract';
import type { Admission, ArchiveBounds, TreeFile } from '@lib/engine/archive';

/** What both kinds of archive are unpacked with: the judge of entries, and who takes the bytes of those that are stored. */
export type Unpacking = {
  readonly bounds: ArchiveBounds & Pick<typeof limits, 'archiveBytesMax'>;
  readonly admission: Admission;
  readonly onFile: (file: TreeFile, path: string, bytes: Uint8Array) => void;
  readonly onCommit: (commit: string) => void;
};
