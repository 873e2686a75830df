export { moveScan, type ScanMove } from './move-scan.ts';
export { endScan, type ScanEnd } from './end-scan.ts';
export { scanFolder, type ScanFolder } from './scan-folder.ts';
export { findScanWork, type ScanWork } from './scan-life.store.ts';
