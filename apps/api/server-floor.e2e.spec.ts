import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { systemClock } from '@lib/platform/clock';
import { readApiSettings } from '@lib/platform/config';
import { openServiceLog } from '@lib/platform/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase, type TestDatabase } from '../../tools/testing/database.ts';
import { openApi } from './open-api.ts';

const log = openServiceLog({ stream: new PassThrough().resume(), service: 'test', clock: systemClock });
let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await testDatabase();
  folder = mkdtempSync(join(tmpdir(), 'aegis-floor-'));
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

function settings(environment: 'embedded' | 'production') {
  return readApiSettings({
    AEGIS_ENVIRONMENT: environment,
    AEGIS_OBJECTS: `folder:${join(folder, 'objects')}`,
    AEGIS_KEYS: `keyring:${join(folder, 'keys')}`,
    AEGIS_API_DATABASE_URL: database.urls.aegis_api,
    AEGIS_IDENTITY_DATABASE_URL: database.urls.aegis_identity,
    AEGIS_HTTP_PORT: '0',
    AEGIS_CURSOR_KEY: 'ab'.repeat(32),
  });
}

describe('the patch floor of the database', () => {
  it('production_refuses_to_start_on_a_server_below_it', async () => {
    await expect(openApi(settings('production'), log)).rejects.toMatchObject({ code: 'db.server_too_old' });
  });

  it('the_embedded_server_may_be_older', async () => {
    const server = await openApi(settings('embedded'), log);
    expect(server.port).toBeGreaterThan(0);
    await server.close();
  });
});
