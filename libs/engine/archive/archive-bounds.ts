import type { limits } from '@lib/contract';

/** The bounds of one archive: those of the contract, or smaller ones in a test. */
export type ArchiveBounds = {
  readonly [
    Name in
      | 'archiveEntriesMax'
      | 'archiveEntryBytesMax'
      | 'archiveFolderWidthMax'
      | 'archiveFoldersMax'
      | 'archiveRatioMax'
      | 'archiveRatioGraceBytes'
      | 'archiveMetaBytesMax'
      | 'archiveMetaPerEntryMax'
      | 'archiveDirectoryBytesMax'
      | 'treeBytesMax'
      | 'treeDepthMax'
      | 'pathBytesMax'
      | 'nameBytesMax'
      | 'storedFileBytesMax'
      | 'manifestBytesMax' as Name & keyof typeof limits
  ]: number;
};
