import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditEventSchema, tenantIdSchema } from '@lib/contract';
import { systemClock } from '@lib/platform/clock';
import { readApiSettings } from '@lib/platform/config';
import type { OpenServer } from '@lib/platform/http';
import { openServiceLog } from '@lib/platform/telemetry';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plantToken } from '../../tools/testing/api.ts';
import { testDatabase, type TestDatabase } from '../../tools/testing/database.ts';
import { stallingStream } from '../../tools/testing/stalling-stream.ts';
import { openApi } from './open-api.ts';

const destination = stallingStream();
const folder = mkdtempSync(join(tmpdir(), 'aegis-lost-lines-'));
let database: TestDatabase;
let server: OpenServer;

beforeAll(async () => {
  database = await testDatabase();
  const settings = readApiSettings({
    AEGIS_ENVIRONMENT: 'embedded',
    AEGIS_OBJECTS: `folder:${join(folder, 'objects')}`,
    AEGIS_KEYS: `keyring:${join(folder, 'keys')}`,
    AEGIS_API_DATABASE_URL: database.urls.aegis_api,
    AEGIS_IDENTITY_DATABASE_URL: database.urls.aegis_identity,
    AEGIS_HTTP_PORT: '0',
    AEGIS_CURSOR_KEY: 'ab'.repeat(32),
  });
  server = await openApi(settings, openServiceLog({ stream: destination.stream, service: 'api', clock: systemClock, bytesMax: 2_000 }));
});
afterAll(async () => {
  await server.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

it('the_api_answers_while_its_log_is_stuck_and_each_line_then_arrives_or_is_counted_in_the_tenants_audit_log', async () => {
  const tenantId = tenantIdSchema.parse(randomUUID());
  await database.admin('insert into app.tenant (tenant_id, name) values ($1, $2)', [tenantId, 'test']);
  const token = await plantToken(database, tenantId, { scope: 'read' });
  let asked = 0;
  const ask = async (): Promise<void> => {
    asked += 1;
    const answer = await fetch(`http://127.0.0.1:${String(server.port)}/v1/repositories`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
  };
  destination.stall();
  for (let at = 0; at < 40; at += 1) await ask();
  expect(destination.lines).toHaveLength(0);
  destination.resume();
  await ask();
  const dropped = async (): Promise<number> => {
    const rows = await database.admin(`select convert_from(entry, 'UTF8') as entry from app.audit_outbox where tenant_id = $1`, [tenantId]);
    const events = rows.map((row) => auditEventSchema.parse(JSON.parse(String(row['entry']))));
    const told = events.filter(({ action }) => action === 'telemetry.dropped');
    return told.reduce((sum, { detail }) => sum + Number(detail?.['lines']), 0);
  };
  const arrived = (): number => destination.lines.filter((line) => line.includes(`"tenantId":"${tenantId}"`)).length;
  // the line of a request is written after its answer has left
  await expect.poll(async () => (await dropped()) + arrived()).toBe(asked);
  expect(await dropped()).toBeGreaterThan(20);
});
