export { findIgnores, mentionsIgnore, type WrittenIgnore } from './find-ignores.ts';
export { openIgnores, type DeadIgnore, type Ignores } from './open-ignores.ts';
