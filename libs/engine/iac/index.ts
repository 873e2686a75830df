export { iac } from './iac.ts';
