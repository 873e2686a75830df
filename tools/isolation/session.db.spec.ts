import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { trySessionMutant } from './run-suite.ts';
import { sessionMutants } from './session-mutants.ts';
import { sessionProbes } from './session-probes.ts';
import { openTarget, type Target } from './session-target.ts';
import { ofSession } from './suite-probes.ts';

let database: TestDatabase;
let opened: { readonly target: Target; readonly close: () => Promise<void> };
beforeAll(async () => {
  database = await testDatabase();
  opened = await openTarget(database);
});
afterAll(async () => {
  await opened.close();
  await database.drop();
});

test.each(ofSession)('$id $what', async ({ attack }) => {
  expect(await attack(opened.target)).toEqual([]);
});

test('P19 a table that a migration forgot to protect shows nothing', async () => {
  await database.admin('create table app.forgotten (tenant_id uuid not null)');
  await database.admin(`insert into app.forgotten values ('bbbbbbbb-0000-4000-8000-000000000002')`);
  await database.admin('grant select on app.forgotten to aegis_api');
  const probe = sessionProbes.find(({ id }) => id === 'P23');
  expect(await probe?.attack({ ...opened.target, tables: ['app.forgotten'] })).toEqual([]);
  await database.admin('drop table app.forgotten');
});

describe('an open way is found by the attack on it', () => {
  test.each(sessionMutants.filter(({ short }) => short))('$probe sees: $change', async (mutant) => {
    expect(await trySessionMutant(mutant)).not.toEqual([]);
  });
});
