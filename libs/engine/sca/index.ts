export { sca } from './sca.ts';
export { ecosystems, type Ecosystem } from './dependency.ts';
export { compareVersions } from './versions/compare-versions.ts';
export type { AdvisoryRecord } from './store/advisory-record.ts';
export { writeAdvisoryFile, type AdvisorySource } from './store/advisory-file.ts';
export { mergeAliases } from './store/merge-aliases.ts';
export { readOsv } from './store/read-osv.ts';
