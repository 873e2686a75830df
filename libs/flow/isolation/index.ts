export { isolationModule } from './isolation.module.ts';
