import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { advisoryOverlaySchema } from '@lib/contract';
import { Fault } from '@lib/kernel';

/** A file that stands in for one of the runtime. `path` is that of the runtime. */
export type OverlayFile = { readonly path: string; readonly from: string; readonly sha256: string };

/** Files that stand in for some of the runtime, and a text that differs where they do. */
export type Overlay = { readonly key: string; readonly files: readonly OverlayFile[] };

const nothing: Overlay = { key: '', files: [] };

/**
 * What was imported into a folder of advisories; nothing where there is no folder, or nothing in it. Read before each run: an import may
 * come at any time. Errors: Fault `sandbox.start_failed` when the folder's list cannot be read.
 */
export async function readOverlay(folder: string | undefined): Promise<Overlay> {
  if (folder === undefined) return nothing;
  const text = await readFile(join(folder, 'store.json'), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw unreadable(folder, error);
  });
  if (text === undefined) return nothing;
  const store = advisoryOverlaySchema.safeParse(parse(text));
  if (!store.success) throw unreadable(folder, store.error);
  const files = store.data.current.files.map(({ asset, file, sha256 }) => ({ path: `assets/${asset}`, from: join(folder, file), sha256 }));
  return { key: createHash('sha256').update(JSON.stringify(files)).digest('hex'), files };
}

function unreadable(folder: string, cause: unknown): Fault {
  return new Fault('sandbox.start_failed', {
    internal: `store.json of ${folder} does not fit its schema`,
    public: 'the imported advisories cannot be read; import them again, or remove their folder',
    cause,
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
