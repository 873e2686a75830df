import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { advisoryOverlaySchema } from '@lib/contract';
import { ecosystems } from '@lib/engine/sca';
import { err, ok, type Result } from '@lib/kernel';
import { z } from 'zod';

const fileSchema = z.string().regex(/^[0-9a-f]{64}\.(?:osv|json)$/u);
const tableSchema = z.object({ file: fileSchema, date: z.string(), count: z.int().min(0), importedAt: z.string() });

/** `store.json`: what was imported, and what was made of it. Files lie beside it, named by their SHA-256. */
const storeSchema = advisoryOverlaySchema.extend({
  /** Advisories of one source and ecosystem. */
  layers: z.array(
    z.object({
      name: z.string(),
      ecosystem: z.enum(ecosystems),
      file: fileSchema,
      advisories: z.int().min(0),
      withdrawn: z.int().min(0),
      date: z.string(),
      importedAt: z.string(),
    }),
  ),
  /** What servers call the files that this came from, by address: one that is still called so is not fetched again. */
  etags: z.record(z.string().max(2000), z.string().max(300)).optional(),
  exploited: tableSchema.optional(),
  scores: tableSchema.optional(),
  current: advisoryOverlaySchema.shape.current.extend({
    /** SHA-256 over what the release knew when this was made. */
    base: z.string(),
  }),
});
export type ImportedStore = z.infer<typeof storeSchema>;

/** Nothing imported. */
export const emptyStore: ImportedStore = { v: 1, layers: [], current: { base: '', files: [] } };

/** Why a store is not used or not changed. */
export type StoreError = { readonly code: 'advisories.store_unreadable' | 'advisories.busy' };

/** Reads the list of a folder; an empty one where there is none. Errors: `advisories.store_unreadable`. */
export async function readStore(folder: string): Promise<Result<ImportedStore, StoreError>> {
  const text = await readFile(join(folder, 'store.json'), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    return '';
  });
  if (text === undefined) return ok(emptyStore);
  const store = storeSchema.safeParse(parse(text));
  return store.success ? ok(store.data) : err({ code: 'advisories.store_unreadable' });
}

/** Keeps a text in the folder under its SHA-256; answers the name of its file. Written whole or not at all. */
export async function keepText(folder: string, text: string, kind: 'osv' | 'json'): Promise<string> {
  const name = `${createHash('sha256').update(text).digest('hex')}.${kind}`;
  await writeWhole(folder, name, text);
  return name;
}

/**
 * Changes a store: one at a time, and whoever reads meanwhile sees the old list or the new one. Files that neither of the two names are
 * removed afterwards. Errors: `advisories.busy`, `advisories.store_unreadable`, and those of `change`; then nothing has changed.
 */
export async function changeStore<E>(
  folder: string,
  change: (store: ImportedStore) => Promise<Result<ImportedStore, E>>,
): Promise<Result<ImportedStore, E | StoreError>> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const lock = join(folder, 'store.lock');
  if (!(await takeLock(lock))) return err({ code: 'advisories.busy' });
  try {
    const before = await readStore(folder);
    if (!before.ok) return before;
    const after = await change(before.value);
    if (!after.ok) return after;
    await writeWhole(folder, 'store.json', `${JSON.stringify(after.value, undefined, 1)}\n`);
    await removeUnused(folder, [before.value, after.value]);
    return after;
  } finally {
    await rm(lock, { force: true });
  }
}

async function writeWhole(folder: string, name: string, text: string): Promise<void> {
  const aside = join(folder, `${randomUUID()}.partial`);
  try {
    const file = await open(aside, 'wx', 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, join(folder, name));
  } finally {
    await rm(aside, { force: true });
  }
}

// A lock of somebody who is gone is nobody's.
async function takeLock(lock: string): Promise<boolean> {
  for (const attempt of [1, 2]) {
    try {
      await writeFile(lock, String(process.pid), { flag: 'wx' });
      return true;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      if (attempt === 2 || isAlive(Number(await readFile(lock, 'utf8').catch(() => '')))) return false;
      await rm(lock, { force: true });
    }
  }
  return false;
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function removeUnused(folder: string, stores: readonly ImportedStore[]): Promise<void> {
  const used = new Set(
    stores.flatMap(({ layers, exploited, scores, current }) =>
      [...layers, exploited, scores, ...current.files].flatMap((part) => part?.file ?? []),
    ),
  );
  for (const name of await readdir(folder)) {
    const isLeft = fileSchema.safeParse(name).success ? !used.has(name) : name.endsWith('.partial');
    if (isLeft) await rm(join(folder, name), { force: true });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
