export { exportModule } from './export.module.ts';
export type { ExportDeps } from './export-deps.ts';
