import { afterAll, beforeAll, expect, test } from 'vitest';
import { withAdmin } from '@lib/platform/db';
import { testDatabase, type TestDatabase } from '../../tools/testing/database.ts';
import { describeSchema, type SchemaDescription } from '../../tools/dump-schema.ts';

// After a migration: `vitest run db/golden -u`, and read the difference as a reviewer would.
let database: TestDatabase;
let description: SchemaDescription;
beforeAll(async () => {
  database = await testDatabase();
  description = await withAdmin(database, describeSchema);
});
afterAll(() => database.drop());

test.each(['schema', 'policies', 'grants'] as const)('%s_are_those_that_were_reviewed', async (part) => {
  await expect(description[part]).toMatchFileSnapshot(`./${part}.txt`);
});
