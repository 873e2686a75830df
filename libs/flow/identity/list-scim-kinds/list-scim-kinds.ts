import type { listScimKinds as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { describeResourceTypes } from '../scim/describe.ts';

/** The kinds of resources; asking is an event, so that a directory that is being set up is seen. */
export async function listScimKinds(
  deps: IdentityDeps,
  { caller }: Pick<Call<typeof route>, 'caller'>,
): Promise<Result<ReturnType<typeof describeResourceTypes>, never>> {
  const value = await recordRead(deps, caller, {
    purpose: 'describe SCIM',
    read: () => Promise.resolve(describeResourceTypes()),
    draft: () => ({ action: 'scim.described', targets: [] }),
  });
  return ok(value);
}
