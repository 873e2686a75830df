export { sarifLog, type SarifInput } from './sarif-log.ts';
export { readSarif, type ImportedRun, type LeftReason, type SarifError } from './read-sarif.ts';
