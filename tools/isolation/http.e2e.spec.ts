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

test('a route that trusts the id it is given is seen by its own probe, each of them', async () => {
  const mutants = await tryHttpMutants(api);
  expect(new Set(mutants.map(({ probe }) => probe))).toEqual(new Set(httpProbes.map(({ id }) => id).filter((id) => id.startsWith('P43.'))));
  expect(mutants.filter(({ found }) => found.length === 0)).toEqual([]);
});

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
