export { accessModule } from './access.module.ts';
export { endElevation, type EndElevationDeps } from './end-elevation/end-elevation.ts';
