import type { ForgeAppView, listForgeApps as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import { findAppViews } from '../forge.store.ts';
import type { ForgeDeps } from '../forge-deps.ts';

/** Lists the Apps of the tenant with their installations; the reading is an event. */
export async function listForgeApps(
  deps: ForgeDeps,
  { caller }: Pick<Call<typeof route>, 'caller'>,
): Promise<Result<{ readonly items: ForgeAppView[] }, never>> {
  const items = await recordRead(deps, caller, {
    purpose: 'list Apps',
    read: findAppViews,
    draft: () => ({ action: 'forge.apps_listed', targets: [] }),
  });
  return ok({ items: [...items] });
}
