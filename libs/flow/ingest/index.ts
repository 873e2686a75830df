export { sealFolder, type SealFolderError, type SealFolderJob } from './seal-folder/seal-folder.ts';
export { sealScan, type SealDeps } from './seal-scan/seal-scan.ts';
export { sealArchive, type SealArchiveJob } from './seal-archive/seal-archive.ts';
export type { SealArchiveError, SealedArchive } from './seal-archive/seal-input.ts';
