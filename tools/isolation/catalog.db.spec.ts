import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withAdmin } from '@lib/platform/db';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { catalogMutants } from './catalog-mutants.ts';
import { askCatalog, readCatalogProbes, tryMutant } from './catalog-probes.ts';

const probes = await readCatalogProbes();
let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

test.each(probes)('$id finds no $what', async (probe) => {
  expect(await withAdmin(database, (admin) => askCatalog(admin, [probe]))).toEqual([]);
});

describe('a change that opens a way turns the catalogue red', () => {
  test.each(catalogMutants)('$probe sees: $change', async (mutant) => {
    const found = await withAdmin(database, (admin) => tryMutant(admin, probes, mutant));
    expect(found.map((line) => line.split(' ')[0])).toContain(mutant.probe);
  });

  test('every probe but those on the server itself has such a change', () => {
    const seen = new Set(catalogMutants.map(({ probe }) => probe));
    expect(probes.map(({ id }) => id).filter((id) => !seen.has(id))).toEqual([]);
  });
});
