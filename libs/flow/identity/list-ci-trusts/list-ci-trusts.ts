import { ciAudience, type CiTrustView, type listCiTrusts as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import { findCiTrustRows } from '../ci-trust.store.ts';
import type { IdentityDeps } from '../identity-deps.ts';

/** Which workflows are trusted; the reading is an event. */
export async function listCiTrusts(
  deps: IdentityDeps,
  { caller }: Pick<Call<typeof route>, 'caller'>,
): Promise<Result<{ readonly audience: string; readonly items: CiTrustView[] }, never>> {
  const rows = await recordRead(deps, caller, {
    purpose: 'list trusted workflows',
    read: findCiTrustRows,
    draft: () => ({ action: 'ci.trusts_listed', targets: [] }),
  });
  return ok({ audience: ciAudience(caller.tenantId), items: [...rows] });
}
