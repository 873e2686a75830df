export { openIgnores, type Ignores } from './open-ignores.ts';
