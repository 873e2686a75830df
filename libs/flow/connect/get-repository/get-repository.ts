import type { RepositoryId, RepositoryView } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import type { Caller } from '@lib/platform/http';
import type { ConnectDeps } from '../connect-deps.ts';
import { findRepository } from '../connect.store.ts';

/** There is no such repository, or it is another tenant's. */
export type RepositoryNotFound = { readonly code: 'repository.not_found' };

/** Reads one repository; the reading is an event. Errors: `repository.not_found`. */
export async function getRepository(
  deps: ConnectDeps,
  caller: Caller,
  id: RepositoryId,
): Promise<Result<RepositoryView, RepositoryNotFound>> {
  const repository = await recordRead(deps, caller, {
    purpose: 'show a repository',
    read: (tx) => findRepository(tx, id),
    draft: (found) => (found === undefined ? undefined : { action: 'repository.read', targets: [{ type: 'repository', id }] }),
  });
  return repository === undefined ? err({ code: 'repository.not_found' }) : ok(repository);
}
