import { listRepositories, repositorySchema, type RepositoryView } from '@lib/contract';
import type { ApiClient } from '../up/api-client.ts';
import { everyPage } from './every-page.ts';

/** The repository of a name; names are unique within a tenant. */
export async function findRepository(client: ApiClient, name: string): Promise<RepositoryView | undefined> {
  const known = await everyPage(client, { path: `${listRepositories.path}?`, item: repositorySchema });
  return known.find((repository) => repository.name === name);
}
