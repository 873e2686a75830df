export { sast } from './sast.ts';
