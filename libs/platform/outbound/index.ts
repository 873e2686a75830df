export { downloadFile, type Download, type Downloaded, type DownloadError } from './download-file.ts';
export { postBytes, networkCode, type Post, type PostError } from './post-bytes.ts';
export { findAddress, publicReach, type AddressRefused, type Reach } from './find-address.ts';
export { pinnedFetch, type FetchTerms } from './pinned-fetch.ts';
export { findTextRecords } from './find-text-records.ts';
