export { scanModule } from './scan.module.ts';
export type { ScanDeps } from './scan-deps.ts';
export { streamCounter, type StreamCounter } from './stream-scan/stream-counter.ts';
export { analyzeScan, type AnalyzeDeps } from './analyze-scan/analyze-scan.ts';
