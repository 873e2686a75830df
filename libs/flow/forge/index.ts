export { forgeModule } from './forge.module.ts';
export type { ForgePlace } from './forge-deps.ts';
export { leaveForgeApp } from './leave-forge-app/leave-forge-app.ts';
export { handleDelivery } from './handle-delivery/handle-delivery.ts';
export { syncInstallation } from './sync-installation/sync-installation.ts';
export { reportScan } from './report-scan/report-scan.ts';
export { reconcileDeliveries } from './reconcile-deliveries/reconcile-deliveries.ts';
