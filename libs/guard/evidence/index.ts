export { evidenceEntry, type EntryOrigin, type EvidenceEntry } from './evidence-entry.ts';
export { sealPack, scanPrefix, type SealDeps, type SealRequest, type SealedEvidence } from './seal-pack.ts';
export { recordPack, findPack, lockScanPacks, readClockMs } from './evidence-pack.store.ts';
export { packOf } from './pack-of.ts';
export { wantHold, wantRelease, wantRetention, confirmKept, markExpired, markRemoved } from './keeping.store.ts';
export { raiseAlarm, listAlarms, findAlarm, acknowledgeAlarm, type AlarmDraft } from './alarm.store.ts';
export { readEvidence, type EvidenceReading } from './read-evidence.ts';
export { verifyPacks, type PacksVerdict, type PackVerdict } from './verify-packs.ts';
export type { OpenDeps } from './open-pack.ts';
