export type { Bill } from './bill.ts';
export { deniedLicenses } from './denied-licenses.ts';
export { cycloneDxDocument } from './cyclonedx-document.ts';
export { spdxDocument } from './spdx-document.ts';
