import type { ForgeAppId, TenantId } from '@lib/contract';
import type { EnvelopeContext } from '@lib/platform/kms';

/** What the webhook secret of an App is sealed under. */
export function secretContext(tenantId: TenantId, appId: ForgeAppId): EnvelopeContext {
  return { tenantId, purpose: 'forge-secret', objectId: appId, version: 1 };
}
