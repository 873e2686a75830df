export { sca } from './sca.ts';
