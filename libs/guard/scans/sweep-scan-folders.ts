import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { limits, scanIdSchema, tenantIdSchema } from '@lib/contract';
import { scanIsOver } from '@lib/guard/tenancy';
import type { Database } from '@lib/platform/db';
import { scanFolder } from './scan-folder.ts';

/**
 * Removes the folders of scans that have ended, which a killed worker may have left: sealed customer code is not kept.
 * `dispatch` is a pool of `aegis_dispatch`: no tenant is entered for it. Looks at no more than `limits.scanFoldersSweptMax`; the rest is for the next start. Names that are no ids of ours are left alone.
 */
export async function sweepScanFolders(deps: { readonly dispatch: Database; readonly workDirectory: string }): Promise<number> {
  let removed = 0;
  for (const { tenantId, scanId } of (await scansOnDisk(deps.workDirectory)).slice(0, limits.scanFoldersSweptMax)) {
    if (!(await scanIsOver(deps.dispatch, { tenantId, scanId }))) continue;
    await rm(scanFolder(deps.workDirectory, { tenantId, scanId }).root, { recursive: true, force: true });
    removed += 1;
  }
  return removed;
}

async function scansOnDisk(workDirectory: string) {
  const scans = [];
  for (const tenant of await names(workDirectory)) {
    const tenantId = tenantIdSchema.safeParse(tenant);
    if (!tenantId.success) continue;
    for (const scan of await names(join(workDirectory, tenant))) {
      const scanId = scanIdSchema.safeParse(scan);
      if (scanId.success) scans.push({ tenantId: tenantId.data, scanId: scanId.data });
    }
  }
  return scans;
}

async function names(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
