import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AuditDraft, type TenantId, limits } from '@lib/contract';
import { openNote, parseCheckpoint } from '@lib/engine/tlog';
import { type Tenancy, type TenantContext, openTenancy } from '@lib/guard/tenancy';
import { closeDatabase, openDatabase, sql } from '@lib/platform/db';
import { someDraft, testAudit, type TestAudit } from '../../../tools/testing/audit.ts';
import { findAuditHead, listAuditEntries, logOrigin, logVerifierKey, recordAudit, verifyAuditLog } from './index.ts';

let test: TestAudit;
let context: TenantContext;

beforeAll(async () => {
  test = await testAudit();
});
afterAll(() => test.close());
beforeEach(async () => {
  context = await test.newTenant();
});

const record = (count: number, who = context) => test.record(who, count);
const sequenceAll = (who = context) => test.place(who);
const verify = (who = context) => verifyAuditLog({ tenancy: test.api, keys: test.keys }, who);
const counts = async (tenantId: TenantId = context.tenantId) => {
  const [row] = await test.database.admin(
    `select (select count(*)::int from app.audit_outbox where tenant_id = $1) as waiting,
            (select count(*)::int from app.audit_leaf where tenant_id = $1) as placed`,
    [tenantId],
  );
  return row;
};
const tamper = (statement: string) => test.tamper(statement.replaceAll(':tenant', `'${context.tenantId}'`));

describe('recording', () => {
  it('an_event_commits_with_the_change_that_it_tells_of_or_not_at_all', async () => {
    const failing = test.api.withTenant(context, 'test.write', async (tx) => {
      await recordAudit(tx, someDraft, test.deps);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await counts()).toEqual({ waiting: 0, placed: 0 });
    await record(1);
    expect(await counts()).toEqual({ waiting: 1, placed: 0 });
  });

  it('actor_tenant_purpose_and_request_come_from_the_transaction', async () => {
    await record(1);
    await sequenceAll();
    const [entry] = await test.api.withTenant(context, 'test.read', (tx) => listAuditEntries(tx, { limit: 10 }));
    expect(entry?.event).toMatchObject({
      v: 1,
      tenant: context.tenantId,
      actor: { type: 'token', id: 'token-1' },
      purpose: 'test.write',
      context: { requestId: 'request-1' },
      action: 'finding.read',
    });
  });

  it('of_an_http_call_says_where_it_came_from_and_was_allowed', async () => {
    const caller = { ...context, client: { ip: '192.0.2.1', name: 'Firefox on Linux' } };
    await test.record(caller, 1);
    await sequenceAll();
    const [entry] = await test.api.withTenant(context, 'test.read', (tx) => listAuditEntries(tx, { limit: 1 }));
    expect(entry?.event).toMatchObject({
      v: 3,
      decision: 'allow',
      context: { requestId: 'request-1', ip: '192.0.2.1', client: 'Firefox on Linux' },
    });
  });

  it('an_unknown_action_and_content_beyond_the_schema_refuse_to_build', async () => {
    const wrong = [
      { ...someDraft, action: 'finding.deleted' },
      { ...someDraft, note: 'text' },
      { ...someDraft, detail: { text: 'x'.repeat(201) } },
      { ...someDraft, detail: { path: 'src/a.js' } },
      { ...someDraft, targets: [{ type: 'scan', id: 's' }] },
    ];
    for (const each of wrong) {
      await expect(test.api.withTenant(context, 'test.write', (tx) => recordAudit(tx, each as AuditDraft, test.deps))).rejects.toThrow();
    }
    expect(await counts()).toEqual({ waiting: 0, placed: 0 });
  });
});

describe('the log', () => {
  it('places_events_in_order_under_a_checkpoint_that_the_published_key_verifies', async () => {
    await record(300);
    await sequenceAll();
    const head = await test.api.withTenant(context, 'test.read', findAuditHead);
    const key = await logVerifierKey(test.keys, context.tenantId);
    const text = openNote(Buffer.from(head?.checkpoint ?? ''), [key]);
    const checkpoint = text.ok ? parseCheckpoint(text.value) : text;
    expect(checkpoint).toMatchObject({ ok: true, value: { origin: logOrigin('audit.test.local', context.tenantId), size: 300n } });
    expect(checkpoint.ok && Buffer.from(checkpoint.value.root).toString('hex')).toBe(head?.root);
    expect(head).toMatchObject({ size: 300, pending: 0 });
    expect(await verify()).toMatchObject({ ok: true, size: 300, root: head?.root, failedIndex: null, reason: null });
  });

  it('lists_newest_first_and_pages_without_gap_or_repeat', async () => {
    await record(7);
    await sequenceAll();
    const seen: number[] = [];
    for (let before: number | undefined; ;) {
      const page = await test.api.withTenant(context, 'test.read', (tx) => listAuditEntries(tx, { before, limit: 3 }));
      if (page.length === 0) break;
      seen.push(...page.map((entry) => entry.index));
      before = page.at(-1)?.index;
    }
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0]);
  });

  it('other_tenants_entries_and_head_are_not_there', async () => {
    await record(3);
    await sequenceAll();
    const other = await test.newTenant();
    expect(await test.api.withTenant(other, 'test.read', (tx) => listAuditEntries(tx, { limit: 10 }))).toEqual([]);
    expect(await test.api.withTenant(other, 'test.read', findAuditHead)).toBeUndefined();
    expect(await verify(other)).toMatchObject({ ok: true, size: 0 });
  });

  it('nobody_changes_or_removes_a_leaf_or_shrinks_a_tree_the_superuser_included', async () => {
    await record(2);
    await sequenceAll();
    const refused = [
      `update app.audit_leaf set entry = 'x'`,
      'delete from app.audit_leaf',
      'truncate app.audit_leaf',
      'update app.audit_tree set size = 0, edge = $$$$',
    ];
    for (const statement of refused) await expect(test.database.admin(statement), statement).rejects.toThrow(/55000/u);
    expect(await counts()).toEqual({ waiting: 0, placed: 2 });
  });

  it('each_role_has_only_its_part', async () => {
    await record(1);
    await sequenceAll();
    const workerPool = openDatabase({ url: test.database.urls.aegis_worker, poolMax: 1, applicationName: 'worker' });
    const cases: [Tenancy, ReturnType<ReturnType<typeof sql>>][] = [
      [test.api, sql('t.1')`delete from app.audit_outbox`],
      [test.api, sql('t.2')`select entry from app.audit_outbox`],
      [test.api, sql('t.3')`update app.audit_tree set checkpoint = 'x'`],
      [openTenancy(workerPool), sql('t.4')`select entry from app.audit_outbox`],
      [openTenancy(workerPool), sql('t.10')`select entry from app.audit_leaf`],
      [openTenancy(workerPool), sql('t.11')`select hash from app.audit_node`],
      [openTenancy(workerPool), sql('t.9')`update app.audit_leaf set entry = 'x'`],
      [openTenancy(workerPool), sql('t.5')`insert into app.audit_leaf (tenant_id, idx, hash, entry) values (null, 9, '', 'x')`],
      [test.audit, sql('t.6')`update app.audit_leaf set entry = 'x'`],
      [test.audit, sql('t.7')`delete from app.audit_leaf`],
      [test.audit, sql('t.8')`update ops.fence set epoch = 0`],
    ];
    for (const [tenancy, statement] of cases) {
      await expect(
        tenancy.withTenant(context, 'test.attack', (tx) => tx.query(statement)),
        statement.text,
      ).rejects.toMatchObject({ code: 'db.forbidden' });
    }
    await closeDatabase(workerPool);
  });
});

describe('verification', () => {
  const flip = (column: string, at: number) => `${column} = set_byte(${column}, ${String(at)}, get_byte(${column}, ${String(at)}) # 1)`;
  const where = 'where tenant_id = :tenant';
  const attacks: { readonly name: string; readonly statement: string; readonly index: number | null; readonly reason: string }[] = [
    {
      name: 'a flipped byte of an entry',
      statement: `update app.audit_leaf set ${flip('entry', 20)} ${where} and idx = 4`,
      index: 4,
      reason: 'audit.leaf_altered',
    },
    {
      name: 'a flipped byte of a hash',
      statement: `update app.audit_leaf set ${flip('hash', 31)} ${where} and idx = 0`,
      index: 0,
      reason: 'audit.leaf_altered',
    },
    { name: 'a dropped leaf', statement: `delete from app.audit_leaf ${where} and idx = 5`, index: 5, reason: 'audit.leaf_missing' },
    { name: 'a dropped tail', statement: `delete from app.audit_leaf ${where} and idx >= 9`, index: 9, reason: 'audit.leaf_missing' },
    {
      name: 'a leaf that was added',
      statement: `insert into app.audit_leaf select tenant_id, 10, hash, entry from app.audit_leaf ${where} and idx = 3`,
      index: 10,
      reason: 'audit.leaf_beyond_tree',
    },
    {
      name: 'an entry changed together with its hash',
      statement: `update app.audit_leaf set entry = 'x', hash = sha256('\\x0078') ${where} and idx = 4`,
      index: null,
      reason: 'audit.root_mismatch',
    },
    {
      name: 'a flipped byte of the edge',
      statement: `update app.audit_tree set ${flip('edge', 3)} ${where}`,
      index: null,
      reason: 'audit.edge_mismatch',
    },
    {
      name: 'a flipped byte of the root',
      statement: `update app.audit_tree set ${flip('root', 3)} ${where}`,
      index: null,
      reason: 'audit.checkpoint_root_mismatch',
    },
    {
      name: 'an edited size line',
      statement: `update app.audit_tree set checkpoint = replace(checkpoint, E'\\n10\\n', E'\\n11\\n') ${where}`,
      index: null,
      reason: 'tlog.signature_invalid',
    },
    { name: 'a missing tree', statement: `delete from app.audit_tree ${where}`, index: 0, reason: 'audit.tree_missing' },
    {
      name: 'a truncated log under its true root',
      statement: `delete from app.audit_leaf ${where} and idx = 9; update app.audit_tree set size = 9, edge = substr(edge, 1, 64) ${where}`,
      index: null,
      reason: 'audit.size_mismatch',
    },
  ];

  it.each(attacks)('finds $name', async ({ statement, index, reason }) => {
    await record(10);
    await sequenceAll();
    expect(await verify()).toMatchObject({ ok: true, size: 10 });
    await tamper(statement);
    expect(await verify()).toMatchObject({ ok: false, failedIndex: index, reason });
  });

  it('a_checkpoint_of_another_tenants_log_does_not_pass', async () => {
    const other = await test.newTenant();
    for (const who of [context, other]) {
      await record(2, who);
      await sequenceAll(who);
    }
    await tamper(
      `update app.audit_tree t set checkpoint = o.checkpoint from app.audit_tree o where t.tenant_id = :tenant and o.tenant_id = '${other.tenantId}'`,
    );
    expect(await verify()).toMatchObject({ ok: false, reason: 'tlog.key_unknown' });
  });

  it('reads_a_log_of_more_than_one_page', async () => {
    await test.pile(context.tenantId, limits.auditVerifyPage * 2 + 1);
    await sequenceAll();
    expect(await verify()).toMatchObject({ ok: true, size: limits.auditVerifyPage * 2 + 1 });
    await tamper(`update app.audit_leaf set entry = 'x' ${where} and idx = ${String(limits.auditVerifyPage + 7)}`);
    expect(await verify()).toMatchObject({ ok: false, failedIndex: limits.auditVerifyPage + 7 });
  });

  it('the_sequencer_does_not_extend_a_tampered_tree_and_its_events_wait', async () => {
    await record(3);
    await sequenceAll();
    await tamper(`update app.audit_tree set ${flip('edge', 3)} ${where}`);
    await record(1);
    await expect(sequenceAll()).rejects.toMatchObject({ code: 'audit.tree_tampered' });
    expect(await counts()).toEqual({ waiting: 1, placed: 3 });
  });
});
