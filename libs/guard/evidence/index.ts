export { evidenceEntry, type EvidenceEntry } from './evidence-entry.ts';
export { sealPack, type SealDeps, type SealRequest, type SealedEvidence } from './seal-pack.ts';
export { recordPack, findPack, listPacks } from './evidence-pack.store.ts';
export { readEvidence, type EvidenceReading } from './read-evidence.ts';
export { verifyPacks, type PacksVerdict, type PackFailure } from './verify-packs.ts';
export type { OpenDeps } from './open-pack.ts';
