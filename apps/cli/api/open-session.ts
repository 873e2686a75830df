import { join, resolve } from 'node:path';
import { Fault, ok, type Result } from '@lib/kernel';
import { apiClient, type ApiClient } from '../up/api-client.ts';
import { findApiAddress } from './api-address.ts';

/** Options that every command takes which asks a running API. */
export const sessionOptions = { url: { type: 'string' }, data: { type: 'string' } } as const;

export const sessionUsage = `  --url URL       a running Aegis; the token is taken from AEGIS_TOKEN
  --data DIR      the data folder of one that runs here (default: .aegis in the checkout)
`;

/** What is known of where to ask. `token` comes from the environment. */
export type SessionWishes = {
  readonly url: string | undefined;
  readonly data: string | undefined;
  readonly token: string | undefined;
  readonly checkout: string;
};

/**
 * A client of the API that is meant. Errors: `usage` when it cannot be told which. A client that reaches nobody throws
 * `cli.api_unreachable`.
 */
export async function openSession(wishes: SessionWishes): Promise<Result<ApiClient, { readonly code: 'usage'; readonly detail: string }>> {
  const { url, token } = wishes;
  if (url !== undefined) {
    const base = URL.parse(url);
    if (base === null || token === undefined || token === '')
      return { ok: false, error: { code: 'usage', detail: '--url needs an address, and AEGIS_TOKEN a token for it' } };
    return ok(reaching(apiClient(base.origin, token), base.origin));
  }
  const found = await findApiAddress(resolve(wishes.data ?? join(wishes.checkout, '.aegis')));
  return found.ok ? ok(reaching(apiClient(found.value.base, found.value.token), found.value.base)) : found;
}

function reaching(client: ApiClient, base: string): ApiClient {
  const tell = (error: unknown): never => {
    if (!(error instanceof TypeError)) throw error; // what fetch throws when there is nobody
    throw new Fault('cli.api_unreachable', { internal: base, public: `nobody answers at ${base}`, cause: error });
  };
  return {
    get: (path, schema) => client.get(path, schema).catch(tell),
    post: (path, body, schema) => client.post(path, body, schema).catch(tell),
    remove: (path) => client.remove(path).catch(tell),
    download: (path) => client.download(path).catch(tell),
    upload: (path, file, schema) => client.upload(path, file, schema).catch(tell),
    follow: client.follow,
  };
}
