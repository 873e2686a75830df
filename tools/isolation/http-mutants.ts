import type { Tenancy, TenantContext } from '@lib/guard/tenancy';
import { testApi } from '../testing/api.ts';
import { plantForeign } from './foreign-ids.ts';
import { httpProbes, type HttpTarget } from './http-probes.ts';
import type { Probe } from './probe.ts';

/** The API of a target, and a switch: what is done for `purposes` is done as the tenant that was asked about, not as the one who asks. */
export type TrustingApi = {
  readonly target: HttpTarget;
  readonly trust: (purposes: readonly string[]) => void;
  /** What the API entered tenants for since the last look. */
  readonly purposes: () => readonly string[];
  readonly close: () => Promise<void>;
};

/** One route's ownership check gone: for all of its purposes it enters whichever tenant the request names. `found`: what its probe says. */
export type HttpMutant = { readonly probe: string; readonly purposes: readonly string[]; readonly found: readonly string[] };

/** Opens the API with the switch off. */
export async function openTrustingApi(): Promise<TrustingApi> {
  const seen = new Set<string>();
  let trusted: readonly string[] = [];
  const named: TenantContext[] = []; // known once the API is open
  const instead = (context: TenantContext, purpose: string): TenantContext => {
    seen.add(purpose);
    const [other] = named;
    return trusted.includes(purpose) && other !== undefined ? { ...context, tenantId: other.tenantId, pass: other.pass } : context;
  };
  const watch = (tenancy: Tenancy): Tenancy => ({
    withTenant: (context, purpose, work) => tenancy.withTenant(instead(context, purpose), purpose, work),
    withTenantOnce: (context, purpose, work) => tenancy.withTenantOnce(instead(context, purpose), purpose, work),
  });
  const api = await testApi({}, watch);
  named.push(api.other.context);
  return {
    target: { api, theirs: await plantForeign(api) },
    trust: (purposes) => {
      trusted = purposes;
    },
    purposes: () => {
      const all = [...seen];
      seen.clear();
      return all;
    },
    close: api.close,
  };
}

/** Takes the check of every route with an id away in turn: which routes there are, and what they enter for, is found out by asking. */
export async function tryHttpMutants(api: TrustingApi): Promise<readonly HttpMutant[]> {
  const mutants: HttpMutant[] = [];
  for (const probe of httpProbes.filter(({ id }) => id.startsWith('P43.'))) mutants.push(await tryRoute(api, probe));
  return mutants;
}

/** A route that refused at its first look goes on when that is trusted, and enters for something else: until nothing new comes. */
async function tryRoute(api: TrustingApi, probe: Probe<HttpTarget>): Promise<HttpMutant> {
  const purposes = new Set<string>();
  const found: string[] = [];
  for (let before = -1; before < purposes.size;) {
    before = purposes.size;
    api.trust([...purposes]);
    api.purposes();
    found.push(...(await probe.attack(api.target)));
    for (const purpose of api.purposes()) purposes.add(purpose);
  }
  api.trust([]);
  return { probe: probe.id, purposes: [...purposes], found };
}
