import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withAdmin } from '@lib/platform/db';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { proofProbes } from './proof-probes.ts';
import { queueProbes } from './queue-probes.ts';
import { sessionMutants } from './session-mutants.ts';
import { sessionProbes } from './session-probes.ts';
import { staffProbes } from './staff-probes.ts';
import { openTarget, type Target } from './session-target.ts';

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

test.each([...sessionProbes, ...proofProbes, ...queueProbes, ...staffProbes])('$id $what', async ({ attack }) => {
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

test.each([
  ['one finding', `select id from app.finding where tenant_id = $1 and id = $2`],
  ['worst findings', `select id from app.finding where tenant_id = $1 and (score, id) < (50, $2) order by score desc, id limit 50`],
  [
    'newest scans',
    `select id from app.scan where tenant_id = $1 and (created_at, id) < (now(), $2) order by created_at desc, id desc limit 50`,
  ],
  ['open jobs', `select id from app.job where tenant_id = $1 and state = 'pending' and not_before <= now() and id <> $2`],
  ['sightings of a finding', `select scan_id from app.sighting where tenant_id = $1 and finding_id = $2`],
  ['leaves', `select hash from app.audit_leaf where tenant_id = $1 and idx >= length($2::text) limit 100`],
])('P20 %s: the policy is evaluated once and an index serves', async (_name, text) => {
  const plan = await planOf(text);
  expect(plan.match(/InitPlan \d+/gu)?.filter((name, index, all) => all.indexOf(name) === index)).toHaveLength(1);
  expect(plan).toMatch(/Index Cond: .*tenant_id/u);
});

/** The plan that the API's role gets, with sequential scans ruled out where the table is too small to show what a large one does. */
async function planOf(text: string): Promise<string> {
  return withAdmin(database, async (admin) => {
    await admin.run('role', 'begin; set local enable_seqscan = off; set local enable_bitmapscan = off');
    await admin.rows('tenant', `select identity.enter_tenant($1)`, ['aaaaaaaa-0000-4000-8000-000000000001']);
    await admin.run('role', 'set local role aegis_api');
    const rows = await admin.rows('explain', `explain (costs off) ${text}`, [
      'aaaaaaaa-0000-4000-8000-000000000001',
      'aaaaaaaa-0000-4000-8000-00000000000a',
    ]);
    return rows.map((row) => String(row['QUERY PLAN'])).join('\n');
  });
}

describe('an open way is found by the attack on it', () => {
  test.each(sessionMutants.filter(({ short }) => short))('$probe sees: $change', async ({ probe, change }) => {
    const clone = await testDatabase();
    const clonedTarget = await openTarget(clone);
    try {
      await withAdmin(clone, (admin) => admin.run('mutant', change));
      const attack = [...sessionProbes, ...proofProbes, ...queueProbes, ...staffProbes].find(({ id }) => id === probe)?.attack;
      expect(await attack?.(clonedTarget.target)).not.toEqual([]);
    } finally {
      await clonedTarget.close();
      await clone.drop();
    }
  });
});
