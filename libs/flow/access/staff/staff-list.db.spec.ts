import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tenantIdSchema } from '@lib/contract';
import { closeDatabase, lendConnection, openDatabase, type Database } from '@lib/platform/db';
import { testDatabase, type TestDatabase } from '../../../../tools/testing/database.ts';
import { askForElevation, plantStaff } from '../../../../tools/testing/plant-staff.ts';

let database: TestDatabase;
let staff: Database;
beforeAll(async () => {
  database = await testDatabase();
  staff = openDatabase({ url: database.urls.aegis_staff, poolMax: 1, applicationName: 'test' });
});
afterAll(async () => {
  await closeDatabase(staff);
  await database.drop();
});

test('ones_own_elevation_stands_in_the_list_however_many_others_were_asked_for_since', async () => {
  const tenantId = tenantIdSchema.parse(randomUUID());
  await database.admin(`insert into app.tenant (tenant_id, name) values ($1, 'test')`, [tenantId]);
  const ada = await plantStaff(database, 'Ada');
  const ask = async (text: string, values: readonly unknown[]) =>
    lendConnection(staff, async (connection) => (await connection.send({ name: '', text, values: [...values] })).rows);
  const { id } = await askForElevation(ask, ada, { tenant: tenantId });
  await database.admin(
    `insert into identity.elevation_place (elevation_id, tenant_id, person_id) select gen_random_uuid(), $1, gen_random_uuid() from generate_series(1, 150)`,
    [tenantId],
  );
  expect((await ask('select id from identity.staff_elevations($1)', [ada.sessionHash])).map((row) => row['id'])).toEqual([id]);
});
