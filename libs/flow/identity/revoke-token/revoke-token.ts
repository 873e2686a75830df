import type { TokenId } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import type { Caller } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { endSessionsOfToken, revokeCredentials, updateTokenRevoked } from '../identity.store.ts';

/** There is no such token, or it is another tenant's. */
export type TokenNotFound = { readonly code: 'token.not_found' };

/** Revokes a token and the sessions that were started with it; the next request with either fails. Errors: `token.not_found`. */
export function revokeToken(deps: IdentityDeps, caller: Caller, tokenId: TokenId): Promise<Result<undefined, TokenNotFound>> {
  const targets = [{ type: 'token', id: tokenId }];
  return deps.tenancy.withTenant(caller, 'revoke an API token', async (tx) => {
    const { known, changed } = await updateTokenRevoked(tx, tokenId);
    if (!known) return err({ code: 'token.not_found' });
    if (!changed) return ok(undefined);
    await Promise.all([
      revokeCredentials(tx, tokenId),
      endSessionsOfToken(tx, tokenId),
      recordAudit(tx, { action: 'token.revoked', targets, outcome: 'success' }, deps),
    ]);
    return ok(undefined);
  });
}
