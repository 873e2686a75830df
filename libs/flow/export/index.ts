export { exportModule } from './export.module.ts';
export type { ExportDeps } from './export-deps.ts';
export { verifyBundle } from './bundle/verify-bundle.ts';
export { openBundle, type OpenBundleError } from './bundle/open-bundle.ts';
export type { BundleFault, BundleFaultCode, BundleVerdict } from './bundle/bundle-verdict.ts';
export { runExport, type RunExportDeps } from './run-export/run-export.ts';
export { expireExport, type ExpireExportDeps } from './expire-export/expire-export.ts';
export { giveUpExport } from './give-up-export.ts';
export { leaveSink } from './leave-sink/leave-sink.ts';
