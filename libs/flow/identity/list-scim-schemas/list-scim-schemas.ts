import type { listScimSchemas as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { describeSchemas } from '../scim/describe.ts';

/** Which attributes are kept; asking is an event, so that a directory that is being set up is seen. */
export async function listScimSchemas(
  deps: IdentityDeps,
  { caller }: Pick<Call<typeof route>, 'caller'>,
): Promise<Result<ReturnType<typeof describeSchemas>, never>> {
  const value = await recordRead(deps, caller, {
    purpose: 'describe SCIM',
    read: () => Promise.resolve(describeSchemas()),
    draft: () => ({ action: 'scim.described', targets: [] }),
  });
  return ok(value);
}
