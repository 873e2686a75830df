export { loadRedactor, type Redactor } from './load-redactor.ts';
export { secrets } from './secrets.ts';
