import { join } from 'node:path';
import type { ScanId, TenantId } from '@lib/contract';

/** Where the stages of one scan leave what the next one reads. Shared storage: stages may run on different hosts. */
export type ScanFolder = { readonly root: string; readonly tree: string; readonly drafts: string };

/** The folder of a scan below the work folder. Removed when the scan has ended; what is in it is proved by digests in the scan's row. */
export function scanFolder(workDirectory: string, scan: { readonly tenantId: TenantId; readonly scanId: ScanId }): ScanFolder {
  const root = join(workDirectory, scan.tenantId, scan.scanId);
  return { root, tree: join(root, 'tree'), drafts: join(root, 'drafts.jsonl') };
}
