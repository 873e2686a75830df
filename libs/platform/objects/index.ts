export type {
  ExtendError,
  HeadError,
  ObjectPage,
  ObjectRef,
  ObjectStore,
  PutError,
  PutRequest,
  ReadError,
  RemoveError,
  StoredObject,
} from './object-store.ts';
export { type FolderStoreOptions, folderStore } from './folder-store.ts';
export { type S3StoreOptions, s3Store } from './s3-store.ts';
export { sha256Of } from './check-put.ts';
