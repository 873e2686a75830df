export { accessModule } from './access.module.ts';
export { endElevation, type EndElevationDeps } from './end-elevation/end-elevation.ts';
export { staffRoutes } from './staff/staff-routes.ts';
export type { StaffDeps } from './staff/staff-deps.ts';
export { firstStaff, type FirstPerson } from './staff/first-staff.ts';
