export { evidenceModule } from './evidence.module.ts';
export { keepEvidence } from './keep-evidence/keep-evidence.ts';
export { expireEvidence } from './expire-evidence/expire-evidence.ts';
export { verifyEvidence } from './verify-evidence/verify-evidence.ts';
