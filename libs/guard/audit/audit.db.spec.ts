import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AuditDraft, type TenantId, limits, tenantIdSchema } from '@lib/contract';
import { openNote, parseCheckpoint } from '@lib/engine/tlog';
import { type Tenancy, type TenantContext, claimAuditEpoch, openTenancy } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import { type Database, closeDatabase, openDatabase, sql } from '@lib/platform/db';
import { type LocalKeyring, localKeyring } from '@lib/platform/kms';
import { openLog } from '@lib/platform/telemetry';
import { type TestDatabase, testDatabase } from '../../../tools/testing/database.ts';
import {
  findAuditHead,
  flushAudit,
  listAuditEntries,
  logOrigin,
  logVerifierKey,
  recordAudit,
  startSequencer,
  verifyAuditLog,
} from './index.ts';
import { sequenceTenant } from './sequence-tenant.ts';

const deps = { clock: systemClock, ids: systemIds };
const draft: AuditDraft = { action: 'finding.read', targets: [{ type: 'finding', id: 'f' }], outcome: 'success' };
const logged: string[] = [];
const log = openLog({ service: 'test', destination: { write: (line) => logged.push(line) } });

let test: TestDatabase;
let apiPool: Database;
let auditPool: Database;
let dispatch: Database;
let api: Tenancy;
let audit: Tenancy;
let folder: string;
let kms: LocalKeyring;
let context: TenantContext;
const keys = () => ({ kms, host: 'audit.test.local' });

beforeAll(async () => {
  test = await testDatabase();
  apiPool = openDatabase({ url: test.urls.aegis_api, poolMax: 8, applicationName: 'api' });
  auditPool = openDatabase({ url: test.urls.aegis_audit, poolMax: limits.auditTurnsAtOnce, applicationName: 'audit' });
  dispatch = openDatabase({ url: test.urls.aegis_dispatch, poolMax: 2, applicationName: 'dispatch' });
  api = openTenancy(apiPool);
  audit = openTenancy(auditPool);
  folder = await mkdtemp(join(tmpdir(), 'audit-'));
  kms = await localKeyring({ folder });
});
afterAll(async () => {
  await Promise.all([closeDatabase(apiPool), closeDatabase(auditPool), closeDatabase(dispatch)]);
  await test.drop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  context = await newTenant();
});

async function newTenant(): Promise<TenantContext> {
  const tenantId = tenantIdSchema.parse(randomUUID());
  await test.admin('insert into app.tenant (tenant_id, name) values ($1, $2)', [tenantId, 'test']);
  await kms.createTenantKey(tenantId);
  return { tenantId, actor: { type: 'token', id: 'token-1' }, requestId: 'request-1', pass: test.pass(tenantId) };
}
async function record(count: number, who = context): Promise<void> {
  await api.withTenant(who, 'test.write', async (tx) => {
    for (let at = 0; at < count; at += 1) await recordAudit(tx, { ...draft, detail: { at } }, deps);
  });
}
async function sequenceAll(tenantId: TenantId = context.tenantId): Promise<void> {
  const turn = { tenantId, pass: test.pass(tenantId), epoch: await claimAuditEpoch(auditPool) };
  for (let more = true; more;) ({ more } = await sequenceTenant({ tenancy: audit, keys: keys() }, turn));
}
const verify = (who = context) => verifyAuditLog({ tenancy: api, keys: keys() }, who);
const counts = async (tenantId = context.tenantId) => {
  const [row] = await test.admin(
    `select (select count(*)::int from app.audit_outbox where tenant_id = $1) as waiting,
            (select count(*)::int from app.audit_leaf where tenant_id = $1) as placed`,
    [tenantId],
  );
  return row;
};
/** What someone with every right in the database can do: triggers off, then any statement. */
const tamper = (statement: string) =>
  test.admin(
    `do $$ begin set local session_replication_role = replica; ${statement.replaceAll(':tenant', `'${context.tenantId}'`)}; end $$`,
  );

describe('recording', () => {
  it('an_event_commits_with_the_change_that_it_tells_of_or_not_at_all', async () => {
    const failing = api.withTenant(context, 'test.write', async (tx) => {
      await recordAudit(tx, draft, deps);
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
    const [entry] = await api.withTenant(context, 'test.read', (tx) => listAuditEntries(tx, { limit: 10 }));
    expect(entry?.event).toMatchObject({
      v: 1,
      tenant: context.tenantId,
      actor: { type: 'token', id: 'token-1' },
      purpose: 'test.write',
      context: { requestId: 'request-1' },
      action: 'finding.read',
    });
  });

  it('an_unknown_action_and_content_beyond_the_schema_refuse_to_build', async () => {
    const wrong = [
      { ...draft, action: 'finding.deleted' },
      { ...draft, note: 'text' },
      { ...draft, detail: { text: 'x'.repeat(201) } },
    ];
    for (const each of wrong) {
      await expect(api.withTenant(context, 'test.write', (tx) => recordAudit(tx, each as AuditDraft, deps))).rejects.toThrow();
    }
    expect(await counts()).toEqual({ waiting: 0, placed: 0 });
  });
});

describe('the log', () => {
  it('places_events_in_order_under_a_checkpoint_that_the_published_key_verifies', async () => {
    await record(300);
    await sequenceAll();
    const head = await api.withTenant(context, 'test.read', findAuditHead);
    const key = await logVerifierKey(keys(), context.tenantId);
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
      const page = await api.withTenant(context, 'test.read', (tx) => listAuditEntries(tx, { before, limit: 3 }));
      if (page.length === 0) break;
      seen.push(...page.map((entry) => entry.index));
      before = page.at(-1)?.index;
    }
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0]);
  });

  it('other_tenants_entries_and_head_are_not_there', async () => {
    await record(3);
    await sequenceAll();
    const other = await newTenant();
    expect(await api.withTenant(other, 'test.read', (tx) => listAuditEntries(tx, { limit: 10 }))).toEqual([]);
    expect(await api.withTenant(other, 'test.read', findAuditHead)).toBeUndefined();
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
    for (const statement of refused) await expect(test.admin(statement), statement).rejects.toThrow(/55000/u);
    expect(await counts()).toEqual({ waiting: 0, placed: 2 });
  });

  it('each_role_has_only_its_part', async () => {
    await record(1);
    await sequenceAll();
    const workerPool = openDatabase({ url: test.urls.aegis_worker, poolMax: 1, applicationName: 'worker' });
    const cases: [Tenancy, ReturnType<ReturnType<typeof sql>>][] = [
      [api, sql('t.1')`delete from app.audit_outbox`],
      [api, sql('t.2')`select entry from app.audit_outbox`],
      [api, sql('t.3')`update app.audit_tree set checkpoint = 'x'`],
      [openTenancy(workerPool), sql('t.4')`select entry from app.audit_outbox`],
      [openTenancy(workerPool), sql('t.10')`select entry from app.audit_leaf`],
      [openTenancy(workerPool), sql('t.11')`select hash from app.audit_node`],
      [openTenancy(workerPool), sql('t.9')`update app.audit_leaf set entry = 'x'`],
      [openTenancy(workerPool), sql('t.5')`insert into app.audit_leaf (tenant_id, idx, hash, entry) values (null, 9, '', 'x')`],
      [audit, sql('t.6')`update app.audit_leaf set entry = 'x'`],
      [audit, sql('t.7')`delete from app.audit_leaf`],
      [audit, sql('t.8')`update ops.fence set epoch = 0`],
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
    const other = await newTenant();
    for (const who of [context, other]) {
      await record(2, who);
      await sequenceAll(who.tenantId);
    }
    await tamper(
      `update app.audit_tree t set checkpoint = o.checkpoint from app.audit_tree o where t.tenant_id = :tenant and o.tenant_id = '${other.tenantId}'`,
    );
    expect(await verify()).toMatchObject({ ok: false, reason: 'tlog.key_unknown' });
  });

  it('reads_a_log_of_more_than_one_page', async () => {
    await test.admin(
      `insert into app.audit_outbox (tenant_id, id, entry) select $1, gen_random_uuid(), convert_to('{"n":' || n || '}', 'UTF8') from generate_series(1, $2::int) n`,
      [context.tenantId, limits.auditVerifyPage * 2 + 1],
    );
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

describe('sequencers', () => {
  it('the_older_epoch_writes_nothing', async () => {
    await record(5);
    const older = await claimAuditEpoch(auditPool);
    const newer = await claimAuditEpoch(auditPool);
    const turn = (epoch: number) => sequenceTenant({ tenancy: audit, keys: keys() }, { ...context, epoch });
    await expect(turn(older)).rejects.toMatchObject({ code: 'audit.fenced' });
    expect(await counts()).toEqual({ waiting: 5, placed: 0 });
    expect(await turn(newer)).toEqual({ placed: 5, more: false });
  });

  it('a_successor_waits_for_the_batch_under_way', async () => {
    await record(5);
    const [gate, reached] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const epoch = await claimAuditEpoch(auditPool);
    const batch = sequenceTenant({ tenancy: audit, keys: slowKeys(reached, gate.promise) }, { ...context, epoch });
    await reached.promise;
    let claimed = false;
    const successor = claimAuditEpoch(auditPool).then(() => (claimed = true));
    await vi.waitFor(async () => {
      const [row] = await test.admin(
        `select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      expect(row).toEqual({ waiting: 1 });
    });
    expect(claimed).toBe(false);
    gate.resolve(undefined);
    await Promise.all([batch, successor]);
    expect(await counts()).toEqual({ waiting: 0, placed: 5 });
  });

  it('a_sequencer_killed_in_mid_batch_loses_nothing_and_repeats_nothing', async () => {
    await record(5);
    await sequenceAll();
    await record(7);
    const [gate, reached] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const epoch = await claimAuditEpoch(auditPool);
    const batch = sequenceTenant({ tenancy: audit, keys: slowKeys(reached, gate.promise) }, { ...context, epoch });
    await reached.promise;
    await test.admin(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'aegis_audit'`,
    );
    gate.resolve(undefined);
    await expect(batch).rejects.toMatchObject({ code: 'db.unavailable' });
    expect(await counts()).toEqual({ waiting: 7, placed: 5 });
    await sequenceAll();
    expect(await counts()).toEqual({ waiting: 0, placed: 12 });
    expect(await verify()).toMatchObject({ ok: true, size: 12 });
  });

  it('every_event_of_many_writers_is_placed_once_while_connections_are_cut', async () => {
    const tenants = [context, await newTenant(), await newTenant()];
    const sequencer = startSequencer({ database: auditPool, dispatch, keys: keys(), log });
    const writers = tenants.flatMap((who) =>
      Array.from({ length: 8 }, async () => {
        for (let round = 0; round < 12; round += 1) {
          await record(1, who);
          sequencer.poke();
        }
      }),
    );
    for (let cut = 0; cut < 5; cut += 1) {
      await test.admin(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'aegis_audit'`,
      );
    }
    await Promise.all(writers);
    for (const who of tenants) expect(await flushAudit({ tenancy: api, sequencer }, who)).toEqual({ ok: true, value: undefined });
    await sequencer.stop();
    for (const who of tenants) {
      expect(await counts(who.tenantId)).toEqual({ waiting: 0, placed: 96 });
      expect(await verify(who)).toMatchObject({ ok: true, size: 96 });
    }
  });

  it('one_tenant_that_cannot_be_written_does_not_hold_the_others', async () => {
    const broken = await newTenant();
    await record(1, broken);
    await sequenceAll(broken.tenantId);
    await test.admin(`update app.audit_tree set checkpoint = 'x' where tenant_id = $1`, [broken.tenantId]);
    await record(1, broken);
    await record(1);
    const sequencer = startSequencer({ database: auditPool, dispatch, keys: keys(), log });
    expect(await flushAudit({ tenancy: api, sequencer }, context)).toMatchObject({ ok: true });
    expect(await flushAudit({ tenancy: api, sequencer, waitMsMax: 50 }, broken)).toEqual({
      ok: false,
      error: { code: 'audit.flush_timeout', pending: 1 },
    });
    await sequencer.stop();
    expect(
      logged.some(
        (line) => line.includes('audit.tenant_stalled') && line.includes(broken.tenantId) && line.includes('audit.tree_tampered'),
      ),
    ).toBe(true);
    // its place in the ring must not disturb the tests after this
    await test.admin('delete from ops.ready_tenant');
  });

  it('a_replaced_sequencer_stands_by_and_takes_over_when_its_successor_is_gone', async () => {
    const first = startSequencer({ database: auditPool, dispatch, keys: keys(), log, standByMs: 25 });
    await record(1);
    await flushAudit({ tenancy: api, sequencer: first }, context);
    logged.length = 0;
    const second = startSequencer({ database: auditPool, dispatch, keys: keys(), log, standByMs: 600_000 });
    const fenced = () => expect(logged.some((line) => line.includes('audit.sequencer_fenced'))).toBe(true);
    await vi.waitFor(() => record(1).then(first.poke).then(fenced), { timeout: 20_000 });
    expect(await flushAudit({ tenancy: api, sequencer: second }, context)).toMatchObject({ ok: true });
    await second.stop();
    await record(3);
    expect(await flushAudit({ tenancy: api }, context)).toMatchObject({ ok: true });
    await first.stop();
    expect(await verify()).toMatchObject({ ok: true, size: (await counts())?.['placed'] });
  });
});

function slowKeys(reached: PromiseWithResolvers<undefined>, gate: Promise<undefined>) {
  const sign: LocalKeyring['sign'] = async (key, message) => {
    reached.resolve(undefined);
    await gate;
    return kms.sign(key, message);
  };
  return { host: 'audit.test.local', kms: { publicKey: kms.publicKey, sign } };
}
