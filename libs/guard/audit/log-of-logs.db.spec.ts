import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  formatTrustPolicy,
  leafHash,
  parseCheckpoint,
  parseTrustPolicy,
  proveConsistencyByTiles,
  sameHash,
  verifyTlogProof,
} from '@lib/engine/tlog';
import type { TenantContext } from '@lib/guard/tenancy';
import { type TestAudit, testAudit } from '../../../tools/testing/audit.ts';
import { logVerifierKey, logsVerifierKey, proveEntry, proveInLogOfLogs, verifyLogOfLogs } from './index.ts';
import { findLogsHead, listLogsHashes } from './logs.store.ts';
import { readStoredTile } from './read-stored-tile.ts';

let test: TestAudit;
beforeAll(async () => {
  test = await testAudit();
});
afterAll(() => test.close());

const valueOf = <T>(result: { ok: true; value: T } | { ok: false; error: { code: string } }): T => {
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
};
const policyFor = (key: Awaited<ReturnType<typeof logsVerifierKey>>) => valueOf(parseTrustPolicy(formatTrustPolicy(key)));
const verify = () => verifyLogOfLogs({ database: test.auditPool, tenancy: test.audit, keys: test.keys, passOf: test.database.pass });
const read = <T>(who: TenantContext, work: Parameters<typeof test.api.withTenant<T>>[2]) => test.api.withTenant(who, 'test.read', work);

describe('an entry', () => {
  it('is_proved_in_a_file_of_its_own_in_logs_of_any_length_and_age', async () => {
    const who = await test.newTenant();
    const policy = policyFor(await logVerifierKey(test.keys, who.tenantId));
    await test.pile(who.tenantId, 66_000);
    await test.sequence(who);
    const check = async () => {
      for (const index of [0, 255, 256, 65_535, 65_536, 65_999]) {
        const { text } = valueOf(await read(who, (tx) => proveEntry(tx, index)));
        const [row] = await test.database.admin('select entry from app.audit_leaf where tenant_id = $1 and idx = $2', [
          who.tenantId,
          index,
        ]);
        const leaf = leafHash(row?.['entry'] as Uint8Array);
        expect(valueOf(verifyTlogProof(text, leaf, policy))).toMatchObject({ index: BigInt(index), checkpoint: { size: 66_000n } });
      }
    };
    await check();
    // a log from before the rows that shorten the way
    await test.tamper(`delete from app.audit_node where tenant_id = '${who.tenantId}'`);
    await check();
  });

  it('that_waits_for_its_place_or_is_another_tenants_has_no_proof', async () => {
    const [who, other] = [await test.newTenant(), await test.newTenant()];
    await test.record(who, 2);
    await test.sequence(who);
    await test.record(who, 1);
    const refused = { ok: false, error: { code: 'audit.entry_not_placed' } };
    for (const index of [2, -1, 0.5]) expect(await read(who, (tx) => proveEntry(tx, index))).toEqual(refused);
    expect(await read(other, (tx) => proveEntry(tx, 0))).toEqual(refused);
    expect(await read(other, proveInLogOfLogs)).toEqual(refused);
  });

  it('is_not_proved_by_a_tree_that_was_changed', async () => {
    const who = await test.newTenant();
    await test.record(who, 5);
    await test.sequence(who);
    await test.tamper(`update app.audit_leaf set hash = sha256('x') where tenant_id = '${who.tenantId}' and idx = 3`);
    expect(await read(who, (tx) => proveEntry(tx, 2))).toEqual({ ok: false, error: { code: 'tlog.root_mismatch' } });
  });

  it('has_one_place_whoever_writes', async () => {
    const who = await test.newTenant();
    await test.record(who, 1);
    await test.sequence(who);
    const twice = test.tamper(
      `insert into app.audit_leaf (tenant_id, idx, hash, entry, event_id) select tenant_id, 1, hash, entry, event_id from app.audit_leaf where tenant_id = '${who.tenantId}'`,
    );
    await expect(twice).rejects.toThrow(/audit_leaf_event/u);
  });
});

describe('the log of logs', () => {
  it('counts_each_checkpoint_that_moved_and_proves_it_to_its_tenant_showing_no_other', async () => {
    const [who, other] = [await test.newTenant(), await test.newTenant()];
    for (let round = 1; round <= 3; round += 1) {
      await test.record(who, round);
      await test.record(other, 1);
      await test.sequence(who, other);
    }
    const proof = valueOf(await read(who, proveInLogOfLogs));
    const proved = valueOf(verifyTlogProof(proof.text, leafHash(proof.entry), policyFor(await logsVerifierKey(test.keys))));
    expect(proved.checkpoint.origin).toBe('audit.test.local/logs');
    const counted = valueOf(parseCheckpoint(Buffer.from(proof.entry).toString()));
    expect(counted).toMatchObject({ origin: `audit.test.local/t/${who.tenantId}`, size: 6n });
    expect(proof.text).not.toContain(other.tenantId);
    const verdict = await verify();
    expect(verdict.logs).toBeGreaterThanOrEqual(2);
    expect(verdict.failures.filter(({ tenantId }) => tenantId === who.tenantId || tenantId === other.tenantId)).toEqual([]);
  });

  it('extends_every_older_head_that_somebody_kept', async () => {
    const who = await test.newTenant();
    await test.record(who, 1);
    await test.sequence(who);
    const kept = await read(who, findLogsHead);
    for (let round = 0; round < 5; round += 1) {
      await test.record(who, 1);
      await test.sequence(who);
    }
    const now = await read(who, findLogsHead);
    const tree = { size: BigInt(now?.size ?? 0), root: now?.root ?? new Uint8Array() };
    const proved = await read(who, (tx) =>
      proveConsistencyByTiles(
        tree,
        BigInt(kept?.size ?? 0),
        readStoredTile((level, range) => listLogsHashes(tx, level, range)),
      ),
    );
    expect(Number(tree.size)).toBe((kept?.size ?? 0) + 5);
    expect(sameHash(valueOf(proved).firstRoot, kept?.root ?? new Uint8Array())).toBe(true);
  });

  it('is_kept_by_the_database_whoever_asks', async () => {
    const who = await test.newTenant();
    await test.record(who, 1);
    await test.sequence(who);
    const refused = [
      `update ops.logs_leaf set entry = 'x'`,
      'delete from ops.logs_leaf',
      'truncate ops.logs_leaf',
      'truncate ops.logs_node',
    ];
    for (const statement of [...refused, `update ops.logs_tree set size = 0, edge = ''`])
      await expect(test.database.admin(statement), statement).rejects.toThrow(/55000/u);
  });

  it('an_older_epoch_and_a_head_that_moved_add_nothing', async () => {
    const who = await test.newTenant();
    await test.record(who, 1);
    const before = await read(who, findLogsHead);
    const [row] = await test.database.admin(`select ops.extend_logs(0, $1, '[]', '[]', '{}', '{}') as extended`, [before?.size]);
    expect(row).toEqual({ extended: false });
    const [moved] = await test.database.admin(
      `select ops.extend_logs((select epoch from ops.fence where name = 'audit'), $1, '[]', '[]', '{}', '{}') as extended`,
      [(before?.size ?? 0) + 1],
    );
    expect(moved).toEqual({ extended: false });
  });

  const attacks: { readonly name: string; readonly reason: string; readonly run: (who: TenantContext) => Promise<unknown> }[] = [
    {
      name: 'a log that was dropped',
      reason: 'audit.log_dropped',
      run: ({ tenantId }) =>
        test.tamper(
          `delete from app.audit_leaf where tenant_id = '${tenantId}'; delete from app.audit_tree where tenant_id = '${tenantId}'`,
        ),
    },
    {
      name: 'a log that was put back to an older checkpoint, with its true signature',
      reason: 'audit.log_rolled_back',
      run: async ({ tenantId }) => {
        const [old] = await test.database.admin('select * from kept_tree where tenant_id = $1', [tenantId]);
        expect(old).toBeDefined();
        await test.tamper(`delete from app.audit_leaf where tenant_id = '${tenantId}' and idx >= 3;
          update app.audit_tree t set size = k.size, edge = k.edge, root = k.root, checkpoint = k.checkpoint from kept_tree k where k.tenant_id = t.tenant_id and t.tenant_id = '${tenantId}'`);
      },
    },
    {
      name: 'a history that was written anew and signed with the log’s own key',
      reason: 'audit.log_forked',
      run: async (who) => {
        await test.tamper(
          `delete from app.audit_leaf where tenant_id = '${who.tenantId}'; delete from app.audit_tree where tenant_id = '${who.tenantId}'`,
        );
        await test.pile(who.tenantId, 9);
        await test.place(who);
        await test.database.admin('delete from ops.logs_moved');
      },
    },
  ];

  it.each(attacks)('shows $name', async ({ reason, run }) => {
    await test.database.admin('create table if not exists kept_tree as select * from app.audit_tree where false');
    const who = await test.newTenant();
    await test.record(who, 3);
    await test.sequence(who);
    await test.database.admin('insert into kept_tree select * from app.audit_tree where tenant_id = $1', [who.tenantId]);
    await test.record(who, 3);
    await test.sequence(who);
    expect((await verify()).failures.filter(({ tenantId }) => tenantId === who.tenantId)).toEqual([]);
    await run(who);
    const verdict = await verify();
    expect(verdict.ok).toBe(false);
    expect(verdict.failures.filter(({ tenantId }) => tenantId === who.tenantId).map((failure) => failure.reason)).toEqual([reason]);
  });

  it('shows_that_it_was_itself_changed', async () => {
    await test.tamper(`update ops.logs_leaf set entry = 'x' where idx = 0`);
    expect((await verify()).failures).toContainEqual(expect.objectContaining({ reason: 'audit.logs_leaf_altered', index: 0 }));
    await test.tamper(`update ops.logs_leaf set hash = sha256('\\x0078') where idx = 0`);
    expect((await verify()).failures.map(({ reason }) => reason)).toContain('audit.logs_root_mismatch');
    await test.tamper(`delete from ops.logs_leaf where idx = 1`);
    expect((await verify()).failures.map(({ reason }) => reason)).toContain('audit.logs_missing');
  });
});
