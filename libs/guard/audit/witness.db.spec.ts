import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  formatTrustPolicy,
  formatVerifierKey,
  openCheckpoint,
  parseTrustPolicy,
  parseVerifierKey,
  readNote,
  signNote,
} from '@lib/engine/tlog';
import type { TenantContext } from '@lib/guard/tenancy';
import { openLog } from '@lib/platform/telemetry';
import { type AskWitness, openWitnessClient } from '@lib/platform/witness';
import { type TestAudit, testAudit } from '../../../tools/testing/audit.ts';
import { type WitnessPeer, startWitness } from '../../../tools/testing/witness-peer.ts';
import { askWitnesses } from './ask-witnesses.ts';
import {
  addWitness,
  findAuditHead,
  findWitnessedCheckpoint,
  logVerifierKey,
  removeWitness,
  requireWitnesses,
  startWitnessing,
  verifyAuditLog,
} from './index.ts';
import { logSigner } from './log-name.ts';

let test: TestAudit;
let peers: WitnessPeer[];
let who: TenantContext;
let ask: AskWitness;
beforeAll(async () => {
  test = await testAudit();
});
afterAll(() => test.close());
beforeEach(async () => {
  who = await test.newTenant();
  peers = [await startWitness(), await startWitness('cosignature-ml-dsa-44')];
  const key = await logVerifierKey(test.keys, who.tenantId);
  for (const peer of peers) peer.trust(key);
  ask = openWitnessClient({ allowPrivate: true, ca: peers.map(({ ca }) => ca).join('') });
});
afterEach(() => Promise.all(peers.map((peer) => peer.stop())));

const valueOf = <T>(result: { ok: true; value: T } | { ok: false; error: { code: string } }): T => {
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
};
const run = <T>(work: Parameters<typeof test.api.withTenant<T>>[2], tenant = who) => test.api.withTenant(tenant, 'test', work);
const draftOf = (peer: WitnessPeer) => ({ verifierKey: formatVerifierKey(peer.key), url: peer.url });
const add = async (...wanted: readonly WitnessPeer[]) => {
  const ids: string[] = [];
  for (const peer of wanted) ids.push(valueOf(await run((tx) => addWitness(tx, draftOf(peer), test.deps))).id);
  return ids;
};
const round = () => askWitnesses({ tenancy: test.audit, keys: test.keys, ask }, who);
const head = async () => {
  const found = await run(findAuditHead);
  return { size: found?.size ?? 0, pending: found?.pending ?? 0 };
};
const place = async (count: number) => {
  await test.record(who, count);
  await test.place(who);
};

describe('witnesses', () => {
  it('cosign_each_new_checkpoint_and_anyone_can_check_that_with_the_keys_alone', async () => {
    const ids = await add(...peers);
    for (const count of [3, 1, 700]) {
      await place(count);
      expect(await round()).toMatchObject({ cosigned: 2, refusals: [] });
    }
    const found = await run(findWitnessedCheckpoint);
    const size = (await head()).size;
    expect(found).toMatchObject({ size });
    const keys = (found?.keys ?? []).map((key) => valueOf(parseVerifierKey(key)));
    const policy = valueOf(parseTrustPolicy(formatTrustPolicy(await logVerifierKey(test.keys, who.tenantId), keys)));
    const opened = valueOf(openCheckpoint(Buffer.from(`${found?.checkpoint ?? ''}${found?.lines.join('') ?? ''}`), policy));
    expect(opened.size).toBe(BigInt(size));
    expect(opened.cosignatures).toHaveLength(ids.length);
    expect(await round(), 'nothing new').toBeUndefined();
  });

  it('that_have_seen_the_log_before_or_lost_their_memory_are_asked_from_where_they_stand', async () => {
    await add(...peers);
    await place(4);
    await round();
    await place(2);
    // we believe that they know nothing: they tell us, and the next round proves from there
    await test.database.admin('update app.audit_witness set known_size = 0 where tenant_id = $1', [who.tenantId]);
    expect((await round())?.refusals.map(({ code }) => code)).toEqual(['audit.witness_answer', 'audit.witness_answer']);
    expect(await round()).toMatchObject({ cosigned: 2 });
  });

  it('refuse_a_log_that_was_put_back_and_we_are_told', async () => {
    await add(...peers);
    await place(3);
    await round();
    const [kept] = await test.database.admin('select size, edge, root, checkpoint from app.audit_tree where tenant_id = $1', [
      who.tenantId,
    ]);
    await place(3);
    await round();
    await test.tamper(
      `delete from app.audit_leaf where tenant_id = '${who.tenantId}' and idx >= 3; delete from app.audit_tree where tenant_id = '${who.tenantId}'`,
    );
    await test.database.admin('insert into app.audit_tree (tenant_id, size, edge, root, checkpoint) values ($1, $2, $3, $4, $5)', [
      who.tenantId,
      kept?.['size'],
      kept?.['edge'],
      kept?.['root'],
      kept?.['checkpoint'],
    ]);
    expect((await round())?.refusals.map(({ code }) => code)).toEqual(['audit.witness_ahead', 'audit.witness_ahead']);
    const { name } = await logVerifierKey(test.keys, who.tenantId);
    expect(peers.map((peer) => peer.sizeOf(name))).toEqual([8n, 8n]);
  });

  it('that_do_not_know_the_log_are_away_or_answer_with_another_text_count_for_nothing', async () => {
    await add(...peers);
    await place(2);
    const [first, second] = peers as [WitnessPeer, WitnessPeer];
    first.failWith = 503;
    await second.stop();
    expect((await round())?.refusals.map(({ code }) => code)).toEqual(['audit.witness_answer', 'witness.unavailable']);
    const signer = await logSigner(test.keys, who.tenantId);
    const forged: AskWitness = async () => ({ status: 200, text: (await signNote('x\n', signer)).split('\n\n')[1] ?? '' });
    const answered = await askWitnesses({ tenancy: test.audit, keys: test.keys, ask: forged }, who);
    expect(answered?.refusals.map(({ code }) => code)).toEqual(['tlog.key_unknown', 'tlog.key_unknown']);
    expect(await run(findWitnessedCheckpoint)).toBeUndefined();
    peers = [first];
  });
});

describe('a log that wants witnesses', () => {
  it('goes_no_further_than_it_was_allowed_loses_nothing_and_goes_on_when_they_have_signed', async () => {
    await add(...peers);
    await place(0);
    await test.sequence(who);
    valueOf(await run((tx) => requireWitnesses(tx, { witnessesMin: 2, unwitnessedMax: 10 }, test.deps)));
    await place(30);
    expect(await head()).toEqual({ size: 10, pending: 23 });
    await test.place(who);
    expect(await head()).toEqual({ size: 10, pending: 23 });
    const [first] = peers as [WitnessPeer, WitnessPeer];
    first.failWith = 503;
    await round(); // one of two is not enough
    await test.place(who);
    expect(await head()).toEqual({ size: 10, pending: 23 });
    first.failWith = undefined;
    for (const size of [20, 30, 33]) {
      await round();
      await test.place(who);
      expect((await head()).size).toBe(size);
    }
    expect(await head()).toEqual({ size: 33, pending: 0 });
    expect(await verifyAuditLog({ tenancy: test.api, keys: test.keys }, who)).toMatchObject({ ok: true, size: 33 });
  });

  it('is_asked_for_by_the_tenant_with_witnesses_that_are_there_and_stay', async () => {
    const needed = { ok: false, error: { code: 'audit.witness_needed' } };
    const rule = { witnessesMin: 2, unwitnessedMax: 10 };
    expect(await run((tx) => requireWitnesses(tx, rule, test.deps))).toEqual(needed);
    const [id = ''] = await add(...peers);
    valueOf(await run((tx) => requireWitnesses(tx, rule, test.deps)));
    expect(await run((tx) => removeWitness(tx, id, test.deps))).toEqual(needed);
    valueOf(await run((tx) => requireWitnesses(tx, undefined, test.deps)));
    valueOf(await run((tx) => removeWitness(tx, id, test.deps)));
    expect(await run((tx) => removeWitness(tx, id, test.deps))).toEqual({ ok: false, error: { code: 'audit.witness_not_found' } });
    const rows = await test.database.admin(
      `select convert_from(entry, 'utf8')::jsonb ->> 'action' as action from app.audit_outbox where tenant_id = $1 order by id`,
      [who.tenantId],
    );
    expect(rows.map((row) => row['action'])).toEqual([
      'audit.witness_added',
      'audit.witness_added',
      'audit.witnesses_required',
      'audit.witnesses_required',
      'audit.witness_removed',
    ]);
  });

  it('takes_no_key_of_another_kind_no_plain_address_no_key_twice_and_not_too_many', async () => {
    const [first] = peers as [WitnessPeer];
    const key = formatVerifierKey(first.key);
    const log = formatVerifierKey(await logVerifierKey(test.keys, who.tenantId));
    const cases = [
      [{ verifierKey: 'x', url: first.url }, 'audit.witness_key_invalid'],
      [{ verifierKey: log, url: first.url }, 'audit.witness_key_invalid'],
      [{ verifierKey: key, url: 'http://witness.example/' }, 'audit.witness_url_invalid'],
      [{ verifierKey: key, url: 'https://a:b@witness.example/' }, 'audit.witness_url_invalid'],
    ] as const;
    for (const [draft, code] of cases) expect(await run((tx) => addWitness(tx, draft, test.deps))).toEqual({ ok: false, error: { code } });
    await add(first);
    expect(await run((tx) => addWitness(tx, draftOf(first), test.deps))).toEqual({ ok: false, error: { code: 'audit.witness_exists' } });
  });

  it('is_no_other_tenants_business', async () => {
    await add(...peers);
    await place(1);
    await round();
    const other = await test.newTenant();
    expect(await run(findWitnessedCheckpoint, other)).toBeUndefined();
    expect(await run((tx) => requireWitnesses(tx, { witnessesMin: 1, unwitnessedMax: 1 }, test.deps), other)).toMatchObject({ ok: false });
  });
});

describe('witnessing', () => {
  it('runs_by_itself_outlives_cut_connections_and_tells_of_a_witness_that_refuses', async () => {
    const lines: string[] = [];
    const log = openLog({ service: 'test', destination: { write: (line) => lines.push(line) } });
    const [first, second] = peers as [WitnessPeer, WitnessPeer];
    second.failWith = 404;
    await add(first, second);
    await place(5);
    const witnessing = startWitnessing({ database: test.auditPool, dispatch: test.dispatch, keys: test.keys, ask, log });
    const { name } = await logVerifierKey(test.keys, who.tenantId);
    await vi.waitFor(() => expect(first.sizeOf(name)).toBe(BigInt(7)), { timeout: 20_000 });
    await vi.waitFor(() => expect(lines.some((line) => line.includes('audit.witness_unknown_log'))).toBe(true), { timeout: 20_000 });
    await test.database.admin(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'aegis_audit'`,
    );
    second.failWith = undefined;
    await vi.waitFor(() => expect(second.sizeOf(name)).toBe(BigInt(7)), { timeout: 30_000 });
    await witnessing.stop();
    const found = await run(findWitnessedCheckpoint);
    expect(readNote(Buffer.from(`${found?.checkpoint ?? ''}${found?.lines.join('') ?? ''}`), [first.key]).ok).toBe(true);
  });
});
