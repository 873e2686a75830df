import { pageOf, tokenSchema } from '@lib/contract';
import { setTimeout as sleep } from 'node:timers/promises';
import { apiClient } from '../../apps/cli/up/api-client.ts';
import type { KeptStack } from '../../apps/cli/up/keep-stack.ts';

const pauseMs = 100; // below the rate that one token has

/** Questions that were asked, and those of them that were answered. */
export type LoadCount = { readonly asked: number; readonly answered: number };

/** Goes on asking while services die. Each answer shows customer data, so each has its event. */
export function keepLoad(services: KeptStack): { readonly stop: () => Promise<LoadCount> } {
  const stopping = new AbortController();
  let [asked, answered] = [0, 0];
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      const { base, tenant } = services.current();
      asked += 1;
      try {
        await apiClient(base, tenant.cliToken).get('/v1/tokens?limit=1', pageOf(tokenSchema));
        answered += 1;
      } catch {
        // who is killed answers nothing: that is the trial
      }
      await sleep(pauseMs);
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await loop;
      return { asked, answered };
    },
  };
}
