export { secrets } from './secrets.ts';
