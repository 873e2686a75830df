export { sealFolder, type SealFolderError, type SealFolderJob } from './seal-folder/seal-folder.ts';
export { readSealedFolder, type SealedFolder } from './seal-folder/read-sealed-folder.ts';
export { sealScan, type SealDeps } from './seal-scan/seal-scan.ts';
