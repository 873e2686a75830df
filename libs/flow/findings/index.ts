export { recordFindings, type RecordDeps } from './record-findings/record-findings.ts';
