export type { Bill } from './bill.ts';
export { cycloneDxDocument } from './cyclonedx-document.ts';
export { spdxDocument } from './spdx-document.ts';
