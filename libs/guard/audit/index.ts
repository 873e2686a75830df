export { recordAudit, type AuditDeps } from './record-audit.ts';
export { signStatement } from './sign-statement.ts';
export { tellLostLines } from './tell-lost-lines.ts';
export { recordRead, type RecordedRead } from './record-read.ts';
export { startSequencer, type Sequencer, type SequencerOptions } from './start-sequencer.ts';
export { flushAudit, type FlushOptions } from './flush-audit.ts';
export { verifyAuditLog, type AuditVerdict, type AuditReason } from './verify-audit-log.ts';
export { listAuditEntries, listLeaves, findAuditHead, type AuditHead, type LeafRow } from './audit-log.store.ts';
export { readJobTile } from './read-job-tile.ts';
export { listJobLeaves } from './job-log.store.ts';
export { logOrigin, logVerifierKey, logsVerifierKey, type LogKeys } from './log-name.ts';
export {
  proveEntry,
  proveEvent,
  proveInLogOfLogs,
  type EntryProof,
  type EventProof,
  type LogsProof,
  type ProofError,
} from './prove-entry.ts';
export { verifyLogOfLogs, type LogsFailure, type LogsReason, type LogsVerdict, type VerifyLogsDeps } from './verify-log-of-logs.ts';
export { startWitnessing, type Witnessing, type WitnessingOptions } from './start-witnessing.ts';
export {
  addWitness,
  findWitnessing,
  findWitnessedCheckpoint,
  removeWitness,
  requireWitnesses,
  type WitnessDraft,
  type WitnessError,
} from './configure-witnesses.ts';
export { type CosignedCheckpoint, type WitnessSetting } from './witness.store.ts';
export { startStreaming, type Streaming, type StreamingOptions } from './start-streaming.ts';
export { addSink, finishSink, removeSink, restoreSink, type SinkDraft, type SinkError } from './configure-sinks.ts';
export { listSinks, type SinkRow } from './sink.store.ts';
export { erasePersonal, revealPersonal, type PersonalError } from './personal-data.ts';
export type { PersonalDeps } from './commit-personal.ts';
