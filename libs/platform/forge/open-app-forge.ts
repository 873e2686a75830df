import { z } from 'zod';
import { limits } from '@lib/contract';
import { ok } from '@lib/kernel';
import type { AppForge, ForgeApp, ForgeDelivery, ForgeInstallation } from './forge.ts';
import { appSchema, deliverySchema, installationSchema } from './forge-answers.ts';
import { askForge } from './forge-refusal.ts';
import { openAppClient, type ClientDeps } from './open-client.ts';

/** What is asked as the App itself. */
export function openAppForge(deps: ClientDeps, app: ForgeApp): AppForge {
  const client = openAppClient(deps, app);
  const { clock } = deps;
  return {
    app: () => askForge(clock, async () => appSchema.parse((await client.request('GET /app')).data)),
    installation: (id) =>
      askForge(clock, async () => {
        const { data } = await client.request('GET /app/installations/{installation_id}', { installation_id: id });
        return installationSchema.parse(data);
      }),
    installations: () =>
      askForge(clock, async () => {
        const all: ForgeInstallation[] = [];
        for (let page = 1; page <= limits.forgePagesMax; page += 1) {
          const { data } = await client.request('GET /app/installations', { per_page: limits.forgePageSize, page });
          const found = z.array(installationSchema).parse(data);
          all.push(...found);
          if (found.length < limits.forgePageSize) break;
        }
        return all;
      }),
    deliveries: (since) => askForge(clock, () => deliveriesSince(client, since)),
    redeliver: async (id) => {
      const asked = await askForge(clock, () => client.request('POST /app/hook/deliveries/{delivery_id}/attempts', { delivery_id: id }));
      return asked.ok ? ok(undefined) : asked;
    },
  };
}

// Pages are followed by the cursor that the answer's link names.
async function deliveriesSince(client: ReturnType<typeof openAppClient>, since: string): Promise<readonly ForgeDelivery[]> {
  const all: ForgeDelivery[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < limits.forgeDeliveryPagesMax; page += 1) {
    const { data, headers } = await client.request('GET /app/hook/deliveries', {
      per_page: limits.forgePageSize,
      ...(cursor === undefined ? {} : { cursor }),
    });
    const found = z.array(deliverySchema).parse(data);
    const young = found.filter((delivery) => Date.parse(delivery.deliveredAt) >= Date.parse(since));
    all.push(...young);
    cursor = /[?&]cursor=([^&>]+)[^>]*>; rel="next"/u.exec(headers.link ?? '')?.[1];
    if (young.length < found.length || found.length === 0 || cursor === undefined) break;
  }
  return all;
}
