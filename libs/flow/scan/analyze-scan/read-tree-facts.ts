import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { treeFactsFile, treeFactsSchema, type TreeFacts } from '@lib/contract';
import type { ScanFolder } from '@lib/guard/scans';

/**
 * Reads what ingest says of a sealed tree, and holds it to the digest that the scan's row keeps.
 * Undefined when the tree is gone, was never finished, or is not the one that was sealed.
 */
export async function readTreeFacts(folder: ScanFolder, treeSha256: string | null): Promise<TreeFacts | undefined> {
  const read = (name: string): Promise<Buffer | undefined> => readFile(join(folder.tree, name)).catch(() => undefined);
  const [facts, manifest] = await Promise.all([read(treeFactsFile), read('manifest.json')]);
  if (facts === undefined || manifest === undefined) return undefined;
  const parsed = treeFactsSchema.safeParse(parseJson(facts));
  const actual = createHash('sha256').update(manifest).digest('hex');
  return parsed.success && actual === treeSha256 && parsed.data.sha256 === treeSha256 ? parsed.data : undefined;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
