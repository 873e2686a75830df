import { join } from 'node:path';
import type { ArchiveId, TenantId } from '@lib/contract';

/** The folder of a tenant's uploads below the work folder. */
export function archivesFolder(workDirectory: string, tenantId: TenantId): string {
  return join(workDirectory, tenantId, 'archives');
}

/** Where the bytes of an upload wait for their scan. Shared storage: whoever takes an upload in and whoever unpacks it may be two hosts. */
export function archivePlace(workDirectory: string, archive: { readonly tenantId: TenantId; readonly archiveId: ArchiveId }): string {
  return join(archivesFolder(workDirectory, archive.tenantId), archive.archiveId);
}
