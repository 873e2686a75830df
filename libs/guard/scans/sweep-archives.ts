import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { limits, tenantIdSchema } from '@lib/contract';
import type { Clock } from '@lib/kernel';
import { archivesFolder } from './archive-place.ts';

/**
 * Removes uploads that nobody has unpacked within `limits.archiveKeepMs`: asked for by no scan, or left by a killed worker. Looks at no more
 * than `limits.scanFoldersSweptMax`. Answers how many it has removed.
 */
export async function sweepArchives(deps: { readonly workDirectory: string; readonly clock: Clock }): Promise<number> {
  let [seen, removed] = [0, 0];
  for (const tenant of await names(deps.workDirectory)) {
    const tenantId = tenantIdSchema.safeParse(tenant);
    if (!tenantId.success) continue;
    const folder = archivesFolder(deps.workDirectory, tenantId.data);
    for (const name of await names(folder)) {
      seen += 1;
      if (seen > limits.scanFoldersSweptMax) return removed;
      const found = await lstat(join(folder, name)).catch(() => undefined);
      if (found === undefined || deps.clock.nowMs() - found.mtimeMs <= limits.archiveKeepMs) continue;
      await rm(join(folder, name), { recursive: true, force: true });
      removed += 1;
    }
  }
  return removed;
}

async function names(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
