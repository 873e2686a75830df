import { randomUUID } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { limits } from '@lib/contract';
import { type Clock, DAY_MS, type Result, err, ok } from '@lib/kernel';
import { checkPut, isObjectKey, isRetention, sha256Of } from './check-put.ts';
import { type WriteBytes, hasCode, makeFolder, storeFault, syncFolder, writeDurable } from './folder-files.ts';
import { OBJECT_SUFFIX, listFolder } from './list-folder.ts';
import { type Mac, type ObjectFacts, openFacts, sealFacts } from './object-facts.ts';
import type { LockError, ObjectLock, ObjectRef, ObjectStore, PutError, PutRequest, ReadError, StoredObject } from './object-store.ts';

export type FolderStoreOptions = {
  readonly folder: string;
  readonly clock: Clock;
  /** Keyed outside of the folder: `keyring.mac`. */
  readonly mac: Mac;
  readonly writeBytes?: WriteBytes;
};

const STALE_MS = DAY_MS; // no put takes this long: what is older was left by a crash
const FACTS_BYTES_MAX = 8_192; // a key and seven short fields

/**
 * Objects in a folder of one machine. Each is a folder of two read-only files, bytes and facts, which a single rename puts in place:
 * a reader sees all of it or none, and a second writer of the key loses. Retention is kept by this process and made evident by a
 * MAC; whoever owns the files can still remove them, so compliance needs the S3 store.
 */
export async function folderStore(options: FolderStoreOptions): Promise<ObjectStore> {
  const root = join(options.folder, 'objects');
  const staging = join(options.folder, 'staging');
  await Promise.all([makeFolder(root), makeFolder(staging)]);
  await sweep(staging, options.clock.nowMs() - STALE_MS);
  const place: Place = { options, root, staging };
  return {
    put: (request) => put(place, request),
    get: (ref) => get(place, ref),
    lockOf: async (ref) => {
      const facts = await factsOf(place, ref);
      return facts.ok ? ok(lockIn(facts.value)) : facts;
    },
    extendRetention: (ref, retainUntilMs) => extendRetention(place, ref, retainUntilMs),
    holdLegally: (ref, held) => holdLegally(place, ref, held),
    remove: (ref) => remove(place, ref),
    list: ({ prefix, cursor, itemsMax }) => {
      const versionOf = (key: string): Promise<string> => versionIn(place, key);
      return listFolder({ root, prefix, cursor, versionOf }, Math.min(itemsMax, limits.objectListMax));
    },
  };
}

type Place = { readonly options: FolderStoreOptions; readonly root: string; readonly staging: string };

async function put(place: Place, request: PutRequest): Promise<Result<StoredObject, PutError>> {
  const refused = checkPut(request, place.options.clock.nowMs());
  if (refused !== undefined) return err(refused);
  if (await exists(place, request.key)) return err({ code: 'objects.exists' });
  const facts: ObjectFacts = {
    v: 1,
    key: request.key,
    version: randomUUID(),
    sha256: request.sha256,
    bytes: request.bytes.length,
    retainUntilMs: request.retainUntilMs ?? null,
    tenant: request.context.tenantId,
    purpose: request.context.purpose,
  };
  const staged = join(place.staging, facts.version);
  try {
    await makeFolder(staged);
    await writeDurable(join(staged, 'bytes'), request.bytes, place.options.writeBytes);
    await writeDurable(join(staged, 'facts'), sealFacts(facts, place.options.mac));
    await syncFolder(staged);
    const target = folderOf(place, request.key);
    await makeFolder(dirname(target));
    await rename(staged, target);
    await syncFolder(dirname(target));
    return ok(storedOf(facts));
  } catch (error) {
    await rm(staged, { recursive: true, force: true }).catch(() => undefined); // the sweep takes what stays
    // a folder that is not empty is not replaced: another writer of this key was first
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) return err({ code: 'objects.exists' });
    throw storeFault(error, 'write an object');
  }
}

async function exists(place: Place, key: string): Promise<boolean> {
  const found = await stat(folderOf(place, key)).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw storeFault(error, 'write an object');
  });
  return found !== undefined;
}

async function get(place: Place, ref: ObjectRef): Promise<Result<Uint8Array, ReadError>> {
  const facts = await factsOf(place, ref);
  if (!facts.ok) return facts;
  const bytes = await readBounded(join(folderOf(place, ref.key), 'bytes'), limits.objectBytesMax);
  if (bytes === undefined) return err({ code: 'objects.absent' });
  return sha256Of(bytes) === ref.sha256 ? ok(bytes) : err({ code: 'objects.digest_mismatch' });
}

async function extendRetention(place: Place, ref: ObjectRef, retainUntilMs: number): ReturnType<ObjectStore['extendRetention']> {
  const facts = await factsOf(place, ref);
  if (!facts.ok) return facts;
  if (retainUntilMs < (facts.value.retainUntilMs ?? 0)) return err({ code: 'objects.retention_shortened' });
  if (!isRetention(retainUntilMs, place.options.clock.nowMs())) return err({ code: 'objects.retention_invalid' });
  return ok(await replaceFacts(place, { ...facts.value, retainUntilMs }));
}

async function holdLegally(place: Place, ref: ObjectRef, held: boolean): ReturnType<ObjectStore['holdLegally']> {
  const facts = await factsOf(place, ref);
  if (!facts.ok) return facts;
  const { legalHold, ...rest } = facts.value;
  if ((legalHold === true) === held) return ok(lockIn(facts.value));
  return ok(await replaceFacts(place, held ? { ...rest, legalHold: true } : rest));
}

async function replaceFacts(place: Place, facts: ObjectFacts): Promise<ObjectLock> {
  const staged = join(place.staging, randomUUID());
  const target = folderOf(place, facts.key);
  try {
    await writeDurable(staged, sealFacts(facts, place.options.mac));
    await rename(staged, join(target, 'facts'));
    await syncFolder(target);
  } catch (error) {
    await rm(staged, { force: true });
    throw storeFault(error, 'change how long an object is kept');
  }
  return lockIn(facts);
}

async function remove(place: Place, ref: ObjectRef): ReturnType<ObjectStore['remove']> {
  const facts = await factsOf(place, ref);
  if (!facts.ok) return facts;
  if (facts.value.legalHold === true) return err({ code: 'objects.held' });
  if ((facts.value.retainUntilMs ?? 0) > place.options.clock.nowMs()) return err({ code: 'objects.retained' });
  const target = folderOf(place, ref.key);
  const staged = join(place.staging, randomUUID());
  try {
    await rename(target, staged); // gone in one step
    await syncFolder(dirname(target));
    await rm(staged, { recursive: true, force: true });
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return err({ code: 'objects.absent' });
    throw storeFault(error, 'remove an object');
  }
  return ok(undefined);
}

async function factsOf(place: Place, ref: Pick<ObjectRef, 'key' | 'version'>): Promise<Result<ObjectFacts, LockError>> {
  const facts = await readFacts(place, ref.key);
  if (!facts.ok) return facts;
  return facts.value.version === ref.version ? facts : err({ code: 'objects.absent' });
}

async function versionIn(place: Place, key: string): Promise<string> {
  const facts = await readFacts(place, key);
  return facts.ok ? facts.value.version : facts.error.code;
}

async function readFacts(place: Place, key: string): Promise<Result<ObjectFacts, LockError>> {
  if (!isObjectKey(key)) return err({ code: 'objects.absent' });
  const sidecar = await readBounded(join(folderOf(place, key), 'facts'), FACTS_BYTES_MAX);
  if (sidecar === undefined) return err({ code: 'objects.absent' });
  const facts = openFacts(sidecar, key, place.options.mac);
  return facts === undefined ? err({ code: 'objects.tampered' }) : ok(facts);
}

async function readBounded(path: string, bytesMax: number): Promise<Uint8Array | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > bytesMax) throw new Error('longer than any that was written');
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw storeFault(error, 'read an object');
  }
}

async function sweep(staging: string, beforeMs: number): Promise<void> {
  for (const name of await readdir(staging)) {
    const path = join(staging, name);
    const facts = await stat(path).catch(() => undefined);
    if (facts !== undefined && facts.mtimeMs < beforeMs) await rm(path, { recursive: true, force: true });
  }
}

function folderOf(place: Place, key: string): string {
  return join(place.root, `${key}${OBJECT_SUFFIX}`);
}

function lockIn({ retainUntilMs, legalHold }: ObjectFacts): ObjectLock {
  return { retainUntilMs: retainUntilMs ?? undefined, legalHold: legalHold === true };
}

function storedOf({ key, version, sha256, bytes, retainUntilMs }: ObjectFacts): StoredObject {
  return { key, version, sha256, bytes, retainUntilMs: retainUntilMs ?? undefined };
}
