import { repositoryIdSchema, type createRepository as route, type RepositoryView } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import type { Call } from '@lib/platform/http';
import type { ConnectDeps } from '../connect-deps.ts';
import { insertRepository } from '../connect.store.ts';
import { resolveFolder, type FolderRefused } from './resolve-folder.ts';

/** Another repository of the tenant has this name. */
export type NameTaken = { readonly code: 'connect.name_taken' };

/**
 * Connects a folder as a repository. The real path is what is kept, so that a link cannot be turned elsewhere afterwards.
 * Errors: `connect.folder_not_allowed`, `ingest.folder_missing`, `connect.name_taken`.
 */
export async function createRepository(
  deps: ConnectDeps,
  { caller, body, slot }: Pick<Call<typeof route>, 'caller' | 'body' | 'slot'>,
): Promise<Result<RepositoryView, FolderRefused | NameTaken>> {
  const folder = await resolveFolder(body.source.path, deps.allowedFolders);
  if (!folder.ok) return folder;
  const id = repositoryIdSchema.parse(deps.ids.uuid());
  const source = { kind: 'folder', path: folder.value } as const;
  return deps.tenancy.withTenant(caller, 'connect a repository', async (tx) => {
    const repository = await insertRepository(tx, { id, name: body.name, source });
    if (repository === undefined) return err({ code: 'connect.name_taken' });
    await Promise.all([
      recordAudit(tx, { action: 'repository.created', targets: [{ type: 'repository', id }], outcome: 'success' }, deps),
      keepAnswer(tx, slot, { status: 201, value: repository }),
    ]);
    return ok(repository);
  });
}
