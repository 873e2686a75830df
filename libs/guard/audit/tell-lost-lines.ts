import type { Tenancy, TenantContext } from '@lib/guard/tenancy';
import { type ServiceLog, describeError } from '@lib/platform/telemetry';
import { type AuditDeps, recordAudit } from './record-audit.ts';

/**
 * The same doors to a tenant's rows, behind which the tenant's log is told what was dropped of the service's lines about it: after the
 * next transaction, by the right that this one had. Telling costs nobody their answer: what cannot be told stays in the count.
 */
export function tellLostLines(tenancy: Tenancy, deps: AuditDeps & { readonly log: ServiceLog }): Tenancy {
  return {
    withTenant: async (context, purpose, work) => {
      const value = await tenancy.withTenant(context, purpose, work);
      await tell(tenancy, context, deps);
      return value;
    },
    withTenantOnce: async (context, purpose, work) => {
      const value = await tenancy.withTenantOnce(context, purpose, work);
      await tell(tenancy, context, deps);
      return value;
    },
  };
}

async function tell(
  tenancy: Tenancy,
  { tenantId, pass }: TenantContext,
  { log, ...deps }: Parameters<typeof tellLostLines>[1],
): Promise<void> {
  const loss = log.lost.take(tenantId);
  if (loss === undefined) return;
  const [from, until] = [new Date(loss.fromMs).toISOString(), new Date(loss.untilMs).toISOString()];
  const detail = { service: log.service, lines: loss.lines, from, until };
  const context: TenantContext = { tenantId, pass, actor: { type: 'system', id: 'telemetry' } };
  try {
    await tenancy.withTenant(context, 'telemetry.tell', (tx) =>
      recordAudit(tx, { action: 'telemetry.dropped', targets: [], outcome: 'failure', detail }, deps),
    );
  } catch (error) {
    log.lost.putBack(tenantId, loss);
    log.warn('telemetry.telling_failed', describeError(error));
  }
}
