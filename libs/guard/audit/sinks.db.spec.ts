import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { limits } from '@lib/contract';
import { leafHash } from '@lib/engine/tlog';
import { type TenantContext, readyTurns } from '@lib/guard/tenancy';
import { systemClock } from '@lib/platform/clock';
import { sql } from '@lib/platform/db';
import { openDeliver } from '@lib/platform/sinks';
import { openLog } from '@lib/platform/telemetry';
import { type TestAudit, testAudit } from '../../../tools/testing/audit.ts';
import { selfSigned } from '../../../tools/testing/self-signed.ts';
import { type SinkOutcome, deliverSinks } from './deliver-sinks.ts';
import { addSink, listAuditEntries, listSinks, removeSink, startStreaming } from './index.ts';

const pair = selfSigned();
const bodySchema = z.object({
  from: z.int(),
  next: z.int(),
  entries: z.array(z.object({ index: z.int(), leafHash: z.string(), entry: z.string() })),
});
let batches: z.infer<typeof bodySchema>[] = [];
let statusOf: (batch: z.infer<typeof bodySchema>) => number = () => 204;
const peer = createServer(pair, (request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const batch = bodySchema.parse(JSON.parse(Buffer.concat(parts).toString()));
    batches.push(batch);
    response.writeHead(statusOf(batch)).end();
  });
});

let test: TestAudit;
let who: TenantContext;
beforeAll(async () => {
  test = await testAudit();
  peer.listen(0, '127.0.0.1');
  await once(peer, 'listening');
});
afterAll(async () => {
  peer.closeAllConnections();
  peer.close();
  await test.close();
});
beforeEach(async () => {
  await test.database.admin('delete from app.audit_sink');
  who = await test.newTenant();
  batches = [];
  statusOf = () => 204;
});

const deliver = openDeliver({
  clock: systemClock,
  reach: { mayReach: (address) => address === '127.0.0.1', resolve: () => Promise.resolve([]), protocols: ['https:'] },
});
const target = (path = '/') => ({
  kind: 'webhook' as const,
  url: `https://127.0.0.1:${String((peer.address() as AddressInfo).port)}${path}`,
  ca: pair.cert,
});
const secret = `whsec_${randomBytes(32).toString('base64')}`;
const round = (of: TenantContext = who): Promise<readonly SinkOutcome[]> =>
  deliverSinks({ tenancy: test.audit, secrets: test.kms, deliver, logName: (id) => `audit.test/t/${id}` }, of);
const add = (from = 0, of: TenantContext = who) =>
  test.api.withTenant(of, 'test.add', (tx) => addSink(tx, { target: target(), secret, from }, { ...test.deps, secrets: test.kms }));
const sinks = () => test.api.withTenant(who, 'test.list', listSinks);
const ready = () => test.database.admin('update app.audit_sink set busy_until = clock_timestamp() where busy_until is not null');
const indexes = () => batches.flatMap(({ entries }) => entries.map(({ index }) => index));

describe('a stream of the log', () => {
  it('delivers_every_entry_once_in_order_and_as_it_was_hashed', async () => {
    await add();
    await test.record(who, 3);
    await test.place(who);
    await round();
    await test.record(who, 2);
    await test.place(who);
    await round();
    expect(await round()).toEqual([]); // there is nothing more
    expect(indexes()).toEqual([0, 1, 2, 3, 4, 5]);
    const stored = await test.api.withTenant(who, 'test.read', (tx) => listAuditEntries(tx, { limit: 10 }));
    const sent = batches.flatMap(({ entries }) => entries);
    expect(sent.map((entry) => entry.leafHash)).toEqual(stored.map((entry) => entry.leafHash).toReversed());
    for (const { entry, leafHash: told } of sent) expect(Buffer.from(leafHash(Buffer.from(entry))).toString('hex')).toBe(told);
    expect(await sinks()).toMatchObject([{ next: 6, failures: 0, errorCode: null }]);
  });

  it('begins_where_it_was_asked_to', async () => {
    await test.record(who, 4);
    await add(2);
    await test.place(who);
    await round();
    expect(indexes()).toEqual([2, 3, 4]);
  });

  it('that_was_not_taken_comes_again_from_the_same_entry_later_and_says_what_is_wrong', async () => {
    await add();
    await test.record(who, 2);
    await test.place(who);
    statusOf = () => 503;
    expect(await round()).toMatchObject([{ from: 0, next: 3, errorCode: 'sink.unavailable' }]);
    expect(await sinks()).toMatchObject([{ next: 0, failures: 1, errorCode: 'sink.unavailable' }]);
    expect(await round()).toEqual([]); // not at once
    await ready();
    await round();
    expect((await sinks())[0]?.failures).toBe(2);
    await ready();
    statusOf = () => 200;
    await round();
    expect(batches.map(({ from }) => from)).toEqual([0, 0, 0]);
    expect(await sinks()).toMatchObject([{ next: 3, failures: 0, errorCode: null }]);
  });

  it('of_a_killed_deliverer_is_taken_up_after_its_lease_and_by_one_alone', async () => {
    await add();
    await test.place(who);
    let left: (() => void) | undefined;
    const dying = deliverSinks(
      {
        tenancy: test.audit,
        secrets: test.kms,
        deliver: () => new Promise((resolve) => (left = () => resolve({ ok: true, value: undefined }))),
        logName: () => 'log',
      },
      who,
    );
    while (left === undefined) await new Promise(setImmediate);
    expect(await round()).toEqual([]); // it is being delivered
    await ready(); // the lease has run out
    await round();
    expect(await sinks()).toMatchObject([{ next: 1 }]);
    await test.record(who, 1);
    await test.place(who);
    left();
    await dying;
    expect(await sinks()).toMatchObject([{ next: 1 }]); // whoever was overtaken moves nothing
  });

  it('that_fails_holds_no_other_back_and_a_long_log_goes_in_bounded_batches', async () => {
    await add();
    await add();
    await test.pile(who.tenantId, limits.auditSinkBatchLeaves);
    await test.place(who);
    let asked = 0;
    statusOf = () => (asked++ === 0 ? 500 : 204);
    await round();
    await round();
    const places = (await sinks()).map(({ next }) => next).toSorted((a, b) => a - b);
    expect(places).toEqual([0, limits.auditSinkBatchLeaves + 2]);
    expect(Math.max(...batches.map(({ entries }) => entries.length))).toBe(limits.auditSinkBatchLeaves);
  });

  it('does_not_pass_on_what_was_altered', async () => {
    await add();
    await test.place(who);
    await test.tamper(`update app.audit_leaf set entry = 'x' where tenant_id = '${who.tenantId}'`);
    await expect(round()).rejects.toMatchObject({ code: 'audit.tree_tampered' });
    expect(batches).toEqual([]);
  });

  it('is_of_its_tenant_alone_and_its_secret_is_read_by_no_api', async () => {
    const other = await test.newTenant();
    await add(0, other);
    await test.record(who, 2);
    await test.place(who, other);
    expect(await round()).toEqual([]);
    expect(await sinks()).toEqual([]);
    const [row] = await test.database.admin('select secret from app.audit_sink where tenant_id = $1', [other.tenantId]);
    expect(Buffer.from(z.instanceof(Uint8Array).parse(row?.['secret'])).includes(secret)).toBe(false);
    const read = test.api.withTenant(other, 'test.read', (tx) => tx.query(sql('t.secret')`select secret from app.audit_sink`));
    await expect(read).rejects.toMatchObject({ code: 'db.forbidden' });
  });

  it('whose_secret_was_moved_from_another_sink_is_not_delivered', async () => {
    await add();
    await add();
    await test.place(who);
    await test.tamper(`update app.audit_sink s set secret = (select o.secret from app.audit_sink o
      where o.tenant_id = s.tenant_id and o.id <> s.id) where tenant_id = '${who.tenantId}'`);
    expect((await round()).map(({ errorCode }) => errorCode)).toEqual(['audit.sink_secret_lost', 'audit.sink_secret_lost']);
    expect(batches).toEqual([]);
  });

  it('runs_by_itself_and_is_woken_by_each_new_head', async () => {
    await add();
    const streaming = startStreaming({
      database: test.auditPool,
      dispatch: test.dispatch,
      secrets: test.kms,
      deliver,
      host: 'audit.test',
      log: openLog({ service: 'test', destination: { write: () => true }, level: 'silent' }),
    });
    await test.place(who);
    while (indexes().length < 1) await new Promise(setImmediate);
    await test.record(who, 2);
    await test.place(who);
    while (indexes().length < 3) await new Promise(setImmediate);
    await streaming.stop();
    expect(indexes()).toEqual([0, 1, 2]);
  });

  it('leaves_a_mark_for_what_waits_and_none_for_what_is_done', async () => {
    const isWaiting = async () => (await readyTurns(test.dispatch, 'stream', 1_000)).some(({ tenantId }) => tenantId === who.tenantId);
    await add();
    await test.place(who);
    expect(await isWaiting()).toBe(true);
    await round();
    await round();
    expect(await isWaiting()).toBe(false);
    const [row] = await test.database.admin(`select count(*)::int as n from ops.ready_tenant where queue = 'stream' and tenant_id = $1`, [
      who.tenantId,
    ]);
    expect(row?.['n']).toBe(0);
  });
});

describe('a sink', () => {
  it.each([
    ['a webhook without a secret', { target: target, secret: undefined }],
    ['a webhook with a secret of another form', { target: target, secret: 'correct horse battery' }],
    ['a bucket with a secret', { target: () => ({ kind: 's3' as const, bucket: 'logs', region: 'eu-west-1' }), secret }],
  ])('%s_is_refused', async (_, draft) => {
    const added = await test.api.withTenant(who, 'test.add', (tx) =>
      addSink(tx, { target: draft.target(), secret: draft.secret, from: 0 }, { ...test.deps, secrets: test.kms }),
    );
    expect(added).toEqual({ ok: false, error: { code: 'audit.sink_secret_invalid' } });
  });

  it('is_one_of_at_most_so_many_and_is_gone_when_it_was_removed', async () => {
    for (let count = 0; count < limits.auditSinksMax; count += 1) expect((await add()).ok).toBe(true);
    expect(await add()).toEqual({ ok: false, error: { code: 'audit.sinks_full' } });
    const [first] = await sinks();
    await test.api.withTenant(who, 'test.remove', (tx) => removeSink(tx, first?.id ?? '', test.deps));
    expect((await sinks()).filter(({ state }) => state === 'active').length).toBe(limits.auditSinksMax - 1);
  });
});
