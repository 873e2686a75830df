import type { getScimConfig as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { describeConfig } from '../scim/describe.ts';

/** What of SCIM there is here; asking is an event, so that a directory that is being set up is seen. */
export async function getScimConfig(
  deps: IdentityDeps,
  { caller }: Pick<Call<typeof route>, 'caller'>,
): Promise<Result<ReturnType<typeof describeConfig>, never>> {
  const value = await recordRead(deps, caller, {
    purpose: 'describe SCIM',
    read: () => Promise.resolve(describeConfig()),
    draft: () => ({ action: 'scim.described', targets: [] }),
  });
  return ok(value);
}
