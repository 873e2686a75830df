export { sarifLog, type SarifInput } from './sarif-log.ts';
