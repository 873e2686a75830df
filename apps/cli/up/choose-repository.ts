import { existsSync, realpathSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { sniffFormat } from '@lib/engine/archive';
import { Fault } from '@lib/kernel';
import { visibleText } from '../terminal/visible-text.ts';

/** What `up` is to scan: `place` is a real path, or an address. */
export type ChosenRepository = { readonly kind: 'folder' | 'archive' | 'git'; readonly place: string; readonly name: string };

/** Finds out what the user means, before anything starts, so that a wrong one costs nothing. Errors: Fault `ingest.folder_missing`, `ingest.not_a_folder`. */
export async function chooseRepository(wish: string): Promise<ChosenRepository> {
  if (wish.startsWith('https://')) return { kind: 'git', place: wish, name: nameOf(wish) };
  const path = resolve(wish);
  const found = existsSync(path) ? await stat(path) : undefined;
  const shown = visibleText(path);
  if (found === undefined)
    throw new Fault('ingest.folder_missing', { internal: path, public: `there is no folder or archive \`${shown}\`` });
  const place = realpathSync(path);
  if (found.isDirectory()) return { kind: 'folder', place, name: basename(place) };
  if (found.isFile() && (await isArchive(place))) return { kind: 'archive', place, name: basename(place) };
  throw new Fault('ingest.not_a_folder', { internal: path, public: `\`${shown}\` is neither a folder nor an archive` });
}

async function isArchive(place: string): Promise<boolean> {
  const file = await open(place, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return sniffFormat(buffer.subarray(0, bytesRead)) !== undefined;
  } finally {
    await file.close();
  }
}

const headBytes = 512; // a tar says what it is in its first block

function nameOf(address: string): string {
  return basename(address.replace(/\/+$/u, '')).replace(/\.git$/u, '') || address;
}
