import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { treeFactsFile, treeFactsSchema, type TreeFacts } from '@lib/contract';

/** A tree that nothing changes any more: blobs by digest, one manifest, and what was left out. Units: bytes. */
export type SealedFolder = TreeFacts & { readonly directory: string };

/** What `sealFolder` answered, read again by a later stage. A tree without it was never finished: that throws. */
export async function readSealedFolder(directory: string): Promise<SealedFolder> {
  return { directory, ...treeFactsSchema.parse(JSON.parse(await readFile(join(directory, treeFactsFile), 'utf8'))) };
}
