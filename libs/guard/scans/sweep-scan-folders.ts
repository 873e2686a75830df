import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { limits, scanEndStates, scanIdSchema, tenantIdSchema } from '@lib/contract';
import type { Tenancy } from '@lib/guard/tenancy';
import { scanFolder } from './scan-folder.ts';
import { findScanState } from './scan-life.store.ts';

/**
 * Removes the folders of scans that have ended, which a killed worker may have left: sealed customer code is not kept.
 * Looks at no more than `limits.scanFoldersSweptMax`; the rest is for the next start. Names that are no ids of ours are left alone.
 */
export async function sweepScanFolders(deps: { readonly tenancy: Tenancy; readonly workDirectory: string }): Promise<number> {
  let removed = 0;
  for (const { tenantId, scanId } of (await scansOnDisk(deps.workDirectory)).slice(0, limits.scanFoldersSweptMax)) {
    const context = { tenantId, actor: { type: 'system', id: 'sweeper' } } as const;
    const state = await deps.tenancy.withTenantOnce(context, 'scans.sweep', (tx) => findScanState(tx, scanId));
    if (state !== undefined && !scanEndStates.includes(state)) continue;
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
