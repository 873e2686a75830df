import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTrustingApi, tryHttpMutants, type TrustingApi } from './http-mutants.ts';
import { httpProbes } from './http-probes.ts';
import { objectProbes } from './object-probes.ts';
import { requirePeer } from '../testing/require-peer.ts';
import { runStorm } from './storm.ts';

let api: TrustingApi;
beforeAll(async () => {
  api = await openTrustingApi();
});
afterAll(() => api.close());

test.each([...httpProbes, ...objectProbes])('$id $what', async ({ attack }) => {
  expect(await attack(api.target)).toEqual([]);
});

test('each wall that is taken away is seen by the probe meant for it', async () => {
  const fresh = await openTrustingApi();
  const mutants = await tryHttpMutants(fresh).finally(fresh.close);
  const mutated = new Set(mutants.map(({ probe }) => probe));
  expect([...httpProbes, ...objectProbes].map(({ id }) => id).filter((id) => !mutated.has(id) && !withoutMutant.test(id))).toEqual([]);
  expect(mutants.filter(({ found }) => found.length === 0)).toEqual([]);
}, 300_000);

// one's own things are looked up by member besides, and a token has none; a delivery sent twice is refused by a unique key
const withoutMutant = /^(?:P43own\..*|P44\.listPasskeys|P44\.listSessions|P48\.replay)$/u;

test('P33 a storm of mixed tenants over a small pool, with cancels and kills, shows nobody a foreign row', async () => {
  const [storm] = await runStorm(4_000);
  expect(storm?.found).toEqual([]);
}, 60_000);

const pooler = requirePeer('pgbouncer', 'Debian: pgbouncer');
test.skipIf(pooler === undefined)(
  'P26 nor when a pooler gives one connection to many clients',
  async () => {
    const [storm] = await runStorm(2_000, { pooler });
    expect(storm?.found).toEqual([]);
  },
  60_000,
);
