import type { Identity, Tenancy, TenantContext, TenantTx } from '@lib/guard/tenancy';
import { testApi, type Watch } from '../testing/api.ts';
import { plantForeign, theirHookSecret } from './foreign-ids.ts';
import { httpProbes, canary } from './http-probes.ts';
import type { HttpTarget } from './http-target.ts';
import { objectProbes } from './object-probes.ts';
import type { Probe } from './probe.ts';

/** The API of a target, and switches that take a wall away. */
export type TrustingApi = {
  readonly target: HttpTarget;
  /** What is done for `purposes` is done as the tenant that was asked about, not as the one who asks. */
  readonly trust: (purposes: readonly string[]) => void;
  /** Whoever shows any token is the other tenant. */
  readonly confuse: (confused: boolean) => void;
  readonly close: () => Promise<void>;
};

/** A wall gone from the API, in words, and what the probe meant for it says. */
export type HttpMutant = { readonly probe: string; readonly change: string; readonly found: readonly string[] };

/** Opens the API with every wall standing. */
export async function openTrustingApi(): Promise<TrustingApi> {
  const [seen, asked]: [string[], string[]] = [[], []];
  const state = { trusted: new Set<string>(), confused: false };
  const named: TenantContext[] = []; // known once the API is open
  const instead = (context: TenantContext, purpose: string): TenantContext => {
    seen.push(purpose);
    const [other] = named;
    return state.trusted.has(purpose) && other !== undefined ? { ...context, tenantId: other.tenantId, pass: other.pass } : context;
  };
  const credential = (): Awaited<ReturnType<Identity['findCredential']>> => {
    const [other] = named;
    if (other === undefined) return undefined;
    const subjectId = '0195a1d0-0000-7000-8000-00000000c0fe';
    return {
      ...other,
      kind: 'token',
      subjectId,
      scope: 'admin',
      person: false,
      expiresAt: '2100-01-01T00:00:00.000Z',
      member: null,
      closing: false,
      due: false,
      reused: false,
      repositoryId: null,
    };
  };
  const watch: Watch = {
    tenancy: (tenancy: Tenancy): Tenancy => ({
      withTenant: (context, purpose, work) => tenancy.withTenant(instead(context, purpose), purpose, (tx) => work(overheard(tx, asked))),
      withTenantOnce: (context, purpose, work) =>
        tenancy.withTenantOnce(instead(context, purpose), purpose, (tx) => work(overheard(tx, asked))),
    }),
    identity: (identity) => ({
      ...identity,
      findCredential: (hash) => (state.confused ? Promise.resolve(credential()) : identity.findCredential(hash)),
    }),
  };
  const api = await testApi({}, watch);
  named.push(api.other.context);
  return {
    target: {
      api,
      theirs: await plantForeign(api),
      entered: () => seen.splice(0),
      asked: () => asked.splice(0),
      hookSecret: "a secret of one's own",
    },
    trust: (purposes) => {
      state.trusted = new Set(purposes);
    },
    confuse: (confused) => {
      state.confused = confused;
    },
    close: api.close,
  };
}

/** A transaction whose statements are written down by name. */
function overheard(tx: TenantTx, asked: string[]): TenantTx {
  return {
    ...tx,
    query: (statement) => {
      asked.push(statement.name);
      return tx.query(statement);
    },
    atCommit: (make) => {
      asked.push('at the commit');
      tx.atCommit(make);
    },
  };
}

/** Takes the walls of the API away in turn: the check of every route with an id or a list, then the others. */
export async function tryHttpMutants(api: TrustingApi): Promise<readonly HttpMutant[]> {
  const mutants: HttpMutant[] = [];
  const tryLook = async (id: string, purpose: string): Promise<void> => {
    api.trust([purpose]);
    for (const probe of httpProbes.filter((one) => one.id === id))
      mutants.push({ probe: id, change: `\`${purpose}\` trusts what it is given`, found: await probe.attack(api.target) });
    api.trust([]);
  };
  // those that ask for everything: one look that trusts is enough for them
  await tryLook('P40', 'show a finding');
  await tryLook('P42.http', 'list repositories');
  // a route that trusts what it is given may take away what the next probe looks for: those that only read come first
  const changes = (id: string): number => Number(id.startsWith('P43.'));
  for (const probe of httpProbes.filter(({ id }) => trusting.test(id)).toSorted((a, b) => changes(a.id) - changes(b.id)))
    mutants.push(await tryRoute(api, probe));
  api.confuse(true);
  for (const probe of httpProbes.filter(({ id }) => confused.test(id)))
    mutants.push({ probe: probe.id, change: 'any token is the other tenant', found: await probe.attack(api.target) });
  api.confuse(false);
  for (const [id, change, target] of otherWalls(api.target)) {
    const probe = [...httpProbes, ...objectProbes].find((one) => one.id === id);
    mutants.push({ probe: id, change, found: (await probe?.attack(target)) ?? [] });
  }
  await tryLook('P45.sweep', 'list repositories'); // last: it writes over the rows of the other tenant
  return mutants;
}

const trusting = /^(?:P43\..*|P44\.(?!cursor|listPasskeys|listSessions).*|P46\.(?!forged).*|P48\.installation)$/u;
const confused = /^(?:P44\.cursor|P46\.forged|P47\.idempotency)$/u;

/** A route that refused at its first look goes on when that is trusted, and enters for something else: until nothing new comes. */
async function tryRoute(api: TrustingApi, probe: Probe<HttpTarget>): Promise<HttpMutant> {
  const purposes = new Set<string>();
  const found: string[] = [];
  for (let before = -1; before < purposes.size;) {
    before = purposes.size;
    api.trust([...purposes]);
    const entered: string[] = [];
    const entering = (): readonly string[] => {
      const last = api.target.entered();
      entered.push(...last);
      return last;
    };
    entering();
    found.push(...(await probe.attack({ ...api.target, entered: entering })));
    entering();
    for (const purpose of entered) purposes.add(purpose);
  }
  api.trust([]);
  return { probe: probe.id, change: `the route trusts what it is given (${[...purposes].join(', ')})`, found };
}

/** Walls that are no look at a tenant: targets as they would be without them. */
function otherWalls(target: HttpTarget): readonly (readonly [probe: string, change: string, target: HttpTarget])[] {
  const { api } = target;
  const { keyring } = api;
  const own = { tenantId: api.other.id, purpose: 'evidence-pack', objectId: 'one', version: 1 };
  const careless = { ...keyring, decrypt: (_context: unknown, sealed: Uint8Array) => keyring.decrypt(own, sealed) };
  const blind = { ...keyring, decrypt: () => Promise.resolve({ ok: true as const, value: new Uint8Array() }) };
  const shared = { ...keyring, publicKey: () => keyring.publicKey({ purpose: 'audit-log', tenantId: api.other.id }) };
  return [
    ...['tenant', 'place', 'purpose', 'version'].map(
      (name) =>
        [`P50.${name}`, 'a sealed object opens whatever it is opened for', { ...target, api: { ...api, keyring: careless } }] as const,
    ),
    ['P50.altered', 'what opens an object does not look at its tag', { ...target, api: { ...api, keyring: blind } }],
    ['P50.key', 'one log key for all', { ...target, api: { ...api, keyring: shared } }],
    ['P45.log', 'the log holds paths', { ...target, api: { ...api, logLines: [...api.logLines, `GET /v1/findings?path=${canary}`] } }],
    ['P48.signature', 'a signature of anybody holds', { ...target, hookSecret: theirHookSecret }],
  ];
}
