import type { limits } from '@lib/contract';

/** The bounds of one seal: those of the contract, or smaller ones in a test. */
export type SealLimits = {
  readonly [
    Name in
      | 'treeFilesMax'
      | 'treeBytesMax'
      | 'treeDepthMax'
      | 'treeEntriesMax'
      | 'pathBytesMax'
      | 'nameBytesMax'
      | 'storedFileBytesMax'
      | 'manifestBytesMax'
      | 'coverageEntriesMax' as Name & keyof typeof limits
  ]: number;
};
