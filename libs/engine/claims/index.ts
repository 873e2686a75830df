export { contentDigest } from './content-digest.ts';
