import { rm } from 'node:fs/promises';
import { archiveIdSchema, limits, type ArchiveView, type uploadArchive as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import { archivePlace } from '@lib/guard/scans';
import type { Call } from '@lib/platform/http';
import { countPendingArchives, insertArchive } from '../archives.store.ts';
import type { ConnectDeps } from '../connect-deps.ts';
import { findRepository } from '../connect.store.ts';
import { spoolUpload, type SpoolError } from './spool-upload.ts';

/** Why an upload was not taken. */
export type UploadRefused = SpoolError | { readonly code: 'connect.uploads_off' | 'connect.too_many_archives' | 'repository.not_found' };

type Upload = Pick<Call<typeof route>, 'caller' | 'params' | 'raw' | 'slot'>;

/**
 * Stores an archive for one scan to come. Its bytes are on disk before its row is written: a row without bytes is never seen, bytes without a
 * row are swept. Nothing in it is looked at but the first block. Errors: see `UploadRefused`.
 */
export async function uploadArchive(deps: ConnectDeps, { caller, params, raw, slot }: Upload): Promise<Result<ArchiveView, UploadRefused>> {
  if (deps.workDirectory === undefined) return err({ code: 'connect.uploads_off' });
  const refused = await deps.tenancy.withTenant(caller, 'look before an upload', async (tx) => {
    if ((await findRepository(tx, params.repositoryId)) === undefined) return 'repository.not_found' as const;
    return (await countPendingArchives(tx)) >= limits.archivesPendingMax ? ('connect.too_many_archives' as const) : undefined;
  });
  if (refused !== undefined) return err({ code: refused });
  const id = archiveIdSchema.parse(deps.ids.uuid());
  const place = archivePlace(deps.workDirectory, { tenantId: caller.tenantId, archiveId: id });
  const spooled = await spoolUpload(raw, place);
  if (!spooled.ok) return spooled;
  const detail = { bytes: spooled.value.bytes, sha256: spooled.value.sha256 };
  const targets = [
    { type: 'archive', id },
    { type: 'repository', id: params.repositoryId },
  ];
  try {
    const archive = await deps.tenancy.withTenant(caller, 'upload an archive', async (tx) => {
      const made = await insertArchive(tx, { id, repositoryId: params.repositoryId, ...detail });
      if (made === undefined) return undefined;
      await Promise.all([
        recordAudit(tx, { action: 'archive.uploaded', targets, outcome: 'success', detail }, deps),
        keepAnswer(tx, slot, { status: 201, value: made }),
      ]);
      return made;
    });
    if (archive !== undefined) return ok(archive);
    await rm(place, { force: true });
    return err({ code: 'repository.not_found' });
  } catch (error) {
    await rm(place, { force: true });
    throw error;
  }
}
