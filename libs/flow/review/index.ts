export { reviewModule } from './review.module.ts';
export type { ReviewDeps } from './review-deps.ts';
export { expireSuppression } from './expire-suppression/expire-suppression.ts';
