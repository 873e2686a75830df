export { openScan } from './open-scan.ts';
export { moveScan, type ScanMove } from './move-scan.ts';
export { endScan, type ScanEnd } from './end-scan.ts';
export { sweepScanFolders } from './sweep-scan-folders.ts';
export { archivePlace } from './archive-place.ts';
export { sweepArchives } from './sweep-archives.ts';
export { scanFolder, type ScanFolder } from './scan-folder.ts';
export { findScanState, findScanWork, type ScanWork } from './scan-life.store.ts';
