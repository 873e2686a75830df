export type {
  ExtendError,
  LockError,
  ObjectKeeper,
  ObjectLock,
  ObjectPage,
  ObjectReader,
  ObjectRef,
  ObjectStore,
  ObjectWriter,
  PutError,
  PutRequest,
  ReadError,
  RemoveError,
  StoredObject,
} from './object-store.ts';
export { type FolderStoreOptions, folderStore } from './folder-store.ts';
export { type S3StoreOptions, s3Store } from './s3-store.ts';
export { type EvidenceBucket, type PolicyDocument, evidenceBucketPolicy } from './evidence-bucket-policy.ts';
export { sha256Of } from './check-put.ts';
