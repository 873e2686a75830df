import type { getSso as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { readSsoState, type SsoState } from '../sso-view.ts';

/** The company's provider, without its secret; the reading is an event. */
export async function getSso(
  deps: IdentityDeps,
  { caller, origin }: Pick<Call<typeof route>, 'caller' | 'origin'>,
): Promise<Result<SsoState, never>> {
  const state = await recordRead(deps, caller, {
    purpose: 'show the provider',
    read: (tx) => readSsoState(tx, deps, origin),
    draft: () => ({ action: 'sso.read', targets: [] }),
  });
  return ok(state);
}
