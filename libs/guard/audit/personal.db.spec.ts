import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AuditEvent, auditEventSchema } from '@lib/contract';
import type { TenantContext } from '@lib/guard/tenancy';
import { type TestAudit, someDraft, testAudit } from '../../../tools/testing/audit.ts';
import { erasePersonal, listAuditEntries, recordAudit, revealPersonal, verifyAuditLog } from './index.ts';

let test: TestAudit;
let who: TenantContext;
beforeAll(async () => {
  test = await testAudit();
});
afterAll(() => test.close());
beforeEach(async () => {
  who = await test.newTenant();
});

const data = { ip: '203.0.113.7', userAgent: 'curl/8' };
const deps = () => ({ ...test.deps, personalKeys: test.kms });
const run = <T>(work: Parameters<typeof test.api.withTenant<T>>[2], tenant = who) => test.api.withTenant(tenant, 'test', work);
async function recordFor(subject: string): Promise<AuditEvent> {
  await run((tx) => recordAudit(tx, { ...someDraft, personal: { subject, data } }, deps()));
  await test.place(who);
  const [entry] = await run((tx) => listAuditEntries(tx, { limit: 1 }));
  return auditEventSchema.parse(entry?.event);
}

describe('personal data', () => {
  it('is_not_in_the_leaf_nor_readable_in_the_tables_and_comes_back_to_whoever_holds_the_tenants_key', async () => {
    const event = await recordFor('person-1');
    expect(await run((tx) => revealPersonal(tx, event, deps()))).toEqual({ ok: true, value: data });
    const [row] = await test.database.admin(
      `select (select string_agg(encode(entry, 'hex'), '') from app.audit_leaf where tenant_id = $1) || (select string_agg(encode(sealed, 'hex'), '')
        from app.audit_detail where tenant_id = $1) || (select string_agg(encode(sealed_key, 'hex'), '') from app.audit_subject where tenant_id = $1) as text`,
      [who.tenantId],
    );
    const text = String(row?.['text']);
    expect(text.length).toBeGreaterThan(200);
    for (const secret of Object.values(data)) expect(text).not.toContain(Buffer.from(secret).toString('hex'));
  });

  it('is_forgotten_with_its_key_while_leaf_and_log_stay_whole_and_other_people_stay', async () => {
    const [gone, kept] = [await recordFor('person-1'), await recordFor('person-2')];
    expect(await run((tx) => erasePersonal(tx, 'person-1', deps()))).toBe(true);
    expect(await run((tx) => revealPersonal(tx, gone, deps()))).toEqual({ ok: false, error: { code: 'audit.personal_absent' } });
    expect(await run((tx) => revealPersonal(tx, kept, deps()))).toEqual({ ok: true, value: data });
    await test.place(who);
    expect(await verifyAuditLog({ tenancy: test.api, keys: test.keys }, who)).toMatchObject({ ok: true, size: 3 });
    const [row] = await test.database.admin('select count(*)::int as n from app.audit_detail where tenant_id = $1', [who.tenantId]);
    expect(row).toEqual({ n: 1 });
    const [erasure] = await run((tx) => listAuditEntries(tx, { limit: 1 }));
    expect(erasure?.event).toMatchObject({ action: 'audit.personal_erased', targets: [] });
    expect(await run((tx) => erasePersonal(tx, 'person-1', deps()))).toBe(false);
  });

  it('cannot_be_found_by_trying_all_that_it_could_be', async () => {
    const [first, second] = [await recordFor('person-1'), await recordFor('person-1')];
    const [a, b] = [first, second].map((event) => (event.v === 2 ? event.commitment : undefined));
    expect(a).toMatch(/^[0-9a-f]{64}$/u);
    expect(b).not.toBe(a); // the same data twice does not look the same
    for (let last = 0; last < 256; last += 1) {
      const guess = JSON.stringify({ ip: `203.0.113.${String(last)}`, userAgent: 'curl/8' });
      expect(createHash('sha256').update(guess).digest('hex')).not.toBe(a);
    }
  });

  it('of_another_event_or_changed_in_the_table_is_not_taken_for_it', async () => {
    const [first, second] = [await recordFor('person-1'), await recordFor('person-1')];
    await test.database.admin(
      'update app.audit_detail d set sealed = o.sealed from app.audit_detail o where d.tenant_id = $1 and d.event_id = $2 and o.event_id = $3 and o.tenant_id = $1',
      [who.tenantId, first.id, second.id],
    );
    expect(await run((tx) => revealPersonal(tx, first, deps()))).toEqual({ ok: false, error: { code: 'audit.personal_altered' } });
  });

  it('is_no_other_tenants_and_goes_with_the_event_that_did_not_happen', async () => {
    const event = await recordFor('person-1');
    const other = await test.newTenant();
    expect(await run((tx) => revealPersonal(tx, event, deps()), other)).toEqual({ ok: false, error: { code: 'audit.personal_absent' } });
    const failing = run(async (tx) => {
      await recordAudit(tx, { ...someDraft, personal: { subject: 'person-9', data } }, deps());
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    const [row] = await test.database.admin(
      `select count(*)::int as n from app.audit_subject where tenant_id = $1 and subject = 'person-9'`,
      [who.tenantId],
    );
    expect(row).toEqual({ n: 0 });
  });

  it('is_refused_where_no_keys_are_at_hand', async () => {
    await expect(run((tx) => recordAudit(tx, { ...someDraft, personal: { subject: 'p', data } }, test.deps))).rejects.toThrow('keys');
  });
});
