import type { Clock, Ids } from '@lib/kernel';
import type { RunningJob } from '@lib/guard/jobs';
import type { Tenancy, TenantContext } from '@lib/guard/tenancy';
import type { Forge } from '@lib/platform/forge';

/** What the jobs of this slice use. `publicOrigin`: where the dashboard is, for links; absent, there are none. */
export type ForgeJobDeps = {
  readonly tenancy: Tenancy;
  readonly forge: Forge;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly publicOrigin: string | undefined;
};

/** A job acts as its worker. */
export function contextOf(job: RunningJob): TenantContext {
  return { tenantId: job.tenantId, actor: { type: 'worker', id: job.id }, pass: job.pass };
}
