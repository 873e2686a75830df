import { repositoryIdSchema, type createRepository as route, type RepositorySource, type RepositoryView } from '@lib/contract';
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
 * Connects a repository. Of a folder the real path is kept, so that a link cannot be turned elsewhere afterwards; where a git address leads
 * is looked at when it is fetched.
 * Errors: `connect.folder_not_allowed`, `ingest.folder_missing`, `connect.name_taken`.
 */
export async function createRepository(
  deps: ConnectDeps,
  { caller, body, slot }: Pick<Call<typeof route>, 'caller' | 'body' | 'slot'>,
): Promise<Result<RepositoryView, FolderRefused | NameTaken>> {
  const resolved = await resolveSource(body.source, deps.allowedFolders);
  if (!resolved.ok) return resolved;
  const source = resolved.value;
  const id = repositoryIdSchema.parse(deps.ids.uuid());
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

async function resolveSource(
  source: RepositorySource,
  allowedFolders: readonly string[],
): Promise<Result<RepositorySource, FolderRefused>> {
  if (source.kind !== 'folder') return ok(source);
  const folder = await resolveFolder(source.path, allowedFolders);
  return folder.ok ? ok({ kind: 'folder', path: folder.value }) : folder;
}
