import type { RepositoryId, RepositoryView } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import type { Caller } from '@lib/platform/http';
import type { ConnectDeps } from '../connect-deps.ts';
import { findRepository } from '../connect.store.ts';

/** There is no such repository, or it is another tenant's. */
export type RepositoryNotFound = { readonly code: 'repository.not_found' };

/** Reads one repository. Errors: `repository.not_found`. */
export async function getRepository(
  deps: ConnectDeps,
  caller: Caller,
  id: RepositoryId,
): Promise<Result<RepositoryView, RepositoryNotFound>> {
  const repository = await deps.tenancy.withTenantOnce(caller, 'show a repository', (tx) => findRepository(tx, id));
  return repository === undefined ? err({ code: 'repository.not_found' }) : ok(repository);
}
