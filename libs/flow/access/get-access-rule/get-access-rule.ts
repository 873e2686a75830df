import { ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import type { Caller } from '@lib/platform/http';
import type { AccessDeps } from '../access-deps.ts';
import { findAccessRule } from '../elevation.store.ts';

/** Whether no elevation begins without a person of the tenant's own. */
export async function getAccessRule(deps: AccessDeps, caller: Caller): Promise<Result<{ readonly ownApproval: boolean }, never>> {
  const ownApproval = await recordRead(deps, caller, {
    purpose: 'read the rule of operator access',
    read: findAccessRule,
    draft: () => ({ action: 'operator.access_listed', targets: [], detail: { limit: 0 } }),
  });
  return ok({ ownApproval });
}
