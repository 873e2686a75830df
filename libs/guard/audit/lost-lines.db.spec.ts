import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditEventSchema } from '@lib/contract';
import type { TenantContext } from '@lib/guard/tenancy';
import { systemClock } from '@lib/platform/clock';
import { sql } from '@lib/platform/db';
import { openServiceLog } from '@lib/platform/telemetry';
import { type TestAudit, testAudit } from '../../../tools/testing/audit.ts';
import { stallingStream } from '../../../tools/testing/stalling-stream.ts';
import { tellLostLines } from './index.ts';

let test: TestAudit;
beforeAll(async () => {
  test = await testAudit();
});
afterAll(() => test.close());

const toldTo = async ({ tenantId }: TenantContext) => {
  const rows = await test.database.admin(`select convert_from(entry, 'UTF8') as entry from app.audit_outbox where tenant_id = $1`, [
    tenantId,
  ]);
  return rows.map((row) => auditEventSchema.parse(JSON.parse(String(row['entry']))));
};

it('a_tenants_log_is_told_how_many_lines_about_it_were_dropped_and_nothing_is_forgotten_while_the_log_takes_no_events', async () => {
  const { stream, stall, resume } = stallingStream();
  const log = openServiceLog({ stream, service: 'worker', clock: systemClock, bytesMax: 1_000 });
  const doors = tellLostLines(test.api, { ...test.deps, log });
  const [who, another] = [await test.newTenant(), await test.newTenant()];
  const read = (of: TenantContext) => doors.withTenantOnce(of, 'test.read', (tx) => tx.query(sql('t.read')`select name from app.tenant`));
  stall();
  for (let i = 0; i < 10; i += 1) log.info('job.finished', { pad: 'x'.repeat(400) });
  for (let i = 0; i < 7; i += 1) log.info('job.finished', { tenantId: who.tenantId, pad: 'x'.repeat(400) });
  await read(who);
  expect(await toldTo(who)).toEqual([]); // not over yet
  resume();
  await new Promise((resolve) => setImmediate(resolve));
  await test.database.admin('revoke insert on app.audit_outbox from aegis_api');
  expect(await read(who)).toHaveLength(1); // telling costs nobody their answer
  await test.database.admin('grant insert on app.audit_outbox to aegis_api');
  expect(await read(another)).toHaveLength(1);
  expect(await read(who)).toHaveLength(1);
  expect(await read(who)).toHaveLength(1);
  expect(await toldTo(who)).toEqual([
    expect.objectContaining({
      action: 'telemetry.dropped',
      outcome: 'failure',
      purpose: 'telemetry.tell',
      actor: { type: 'system', id: 'telemetry' },
      detail: expect.objectContaining({ service: 'worker', lines: 7 }) as object,
    }),
  ]);
  expect(await toldTo(another)).toEqual([]);
});
