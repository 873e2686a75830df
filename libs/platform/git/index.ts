export { findGit, type GitProgram } from './git-program.ts';
export { fetchCommit, type FetchError, type FetchJob } from './fetch-commit.ts';
export { listTree, type GitEntry, type GitRepository, type ListError } from './list-tree.ts';
export { streamBlobs, type BlobPart } from './stream-blobs.ts';
