export { destroyKeys, type DestroyKeysDeps } from './destroy-keys/destroy-keys.ts';
export { closingModule } from './closing.module.ts';
export { finishClosing, type FinishClosingDeps } from './finish-closing/finish-closing.ts';
