import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JobKind } from '@lib/contract';
import { readClockMs, recordPack, sealPack, evidenceEntry } from '@lib/guard/evidence';
import { Fault } from '@lib/kernel';
import { type ObjectStore, folderStore } from '@lib/platform/objects';
import { openStages, testDraft, type Stages, type TestScan } from '../../../tools/testing/stages.ts';
import { expireEvidence } from './expire-evidence/expire-evidence.ts';
import { keepEvidence } from './keep-evidence/keep-evidence.ts';

let stages: Stages;
/** The same store on the day after every date. */
let later: ObjectStore;
const yearsMs = 20 * 366 * 86_400_000;
beforeAll(async () => {
  stages = await openStages();
  const clock = { ...stages.deps.clock, nowMs: () => Date.now() + yearsMs };
  const mac = (message: Uint8Array) => stages.deps.kms.mac('object-retention', message);
  later = await folderStore({ folder: join(stages.scratch, 'objects'), clock, mac });
});
afterAll(() => stages.close());

async function sealedScan(packBytesMax = 1_000_000): Promise<TestScan> {
  const tenantId = await stages.addTenant();
  const scan = await stages.addScan({ tenantId, repositoryId: await stages.addRepository(tenantId) });
  const sealed = await seal(scan, packBytesMax);
  await stages.deps.tenancy.withTenant(scan.context, 'test', (tx) => recordPack(tx, sealed));
  return scan;
}
async function seal(scan: TestScan, packBytesMax = 1_000_000) {
  const source = { treeSha256: '0'.repeat(64), commit: null };
  const sealedAtMs = await stages.deps.tenancy.withTenant(scan.context, 'test', readClockMs);
  const entries = ['a', 'b', 'c'].map((name) =>
    evidenceEntry({ ...scan, source, run: { version: '1', ruleDigest: null } }, testDraft(name)),
  );
  return sealPack(stages.deps, { ...scan, sealedAtMs, entries, packBytesMax });
}
const rows = (scan: TestScan) =>
  stages.database.admin(
    'select hold, hold_reason, retain_until, retain_wanted, expired_at, removed_at, object_key, object_version from app.evidence_pack where scan_id = $1 order by id',
    [scan.scanId],
  );
const change = (scan: TestScan, set: string) =>
  stages.database.admin(`update app.evidence_pack set ${set} where scan_id = $1`, [scan.scanId]);
/** The day has come, as the database sees it. */
async function comeDue(scan: TestScan): Promise<void> {
  await stages.database.admin('alter table app.evidence_pack disable trigger keep_evidence', []);
  await change(scan, `retain_until = now() - interval '1 minute'`);
  await stages.database.admin('alter table app.evidence_pack enable trigger keep_evidence', []);
}
async function run(scan: TestScan, kind: 'evidence.keep' | 'evidence.expire', keeper: ObjectStore): Promise<void> {
  const held = await stages.hold(scan, kind);
  const deps = { ...stages.deps, keeper };
  await (kind === 'evidence.keep'
    ? keepEvidence(deps, { ...held.job, kind: 'evidence.keep' })
    : expireEvidence(deps, { ...held.job, kind: 'evidence.expire' }));
}
const objectsOf = async (scan: TestScan) =>
  (await stages.deps.objects.list({ prefix: `evidence/${scan.tenantId}/${scan.scanId}/`, itemsMax: 100 })).items;
const pending = async (scan: TestScan, kind: JobKind) =>
  stages.database.admin(
    `select not_before from app.job where payload ->> 'scanId' = $1 and kind = $2 and state = 'pending' order by not_before`,
    [scan.scanId, kind],
  );
const lockOf = async (scan: TestScan) => {
  const [row] = await rows(scan);
  return stages.deps.objects.lockOf({ key: String(row?.['object_key']), version: String(row?.['object_version']) });
};

describe('keepEvidence', () => {
  it('a_hold_reaches_the_store_and_then_the_row_says_held', async () => {
    const scan = await sealedScan(400);
    expect((await rows(scan)).length).toBeGreaterThan(1);
    await change(scan, `hold = 'placing', hold_reason = 'case 1'`);
    await run(scan, 'evidence.keep', stages.deps.objects);
    expect((await rows(scan)).every((row) => row['hold'] === 'held' && row['hold_reason'] === 'case 1')).toBe(true);
    expect(await lockOf(scan)).toMatchObject({ ok: true, value: { legalHold: true } });
    await change(scan, `hold = 'lifting'`);
    await run(scan, 'evidence.keep', stages.deps.objects);
    expect((await rows(scan)).every((row) => row['hold'] === 'none' && row['hold_reason'] === null)).toBe(true);
    expect(await lockOf(scan)).toMatchObject({ ok: true, value: { legalHold: false } });
  });

  it('a_later_date_reaches_the_store_and_then_the_row_and_the_sweep_waits_for_it', async () => {
    const scan = await sealedScan();
    const wanted = new Date(Date.now() + 700 * 86_400_000).toISOString();
    await change(scan, `retain_wanted = '${wanted}'`);
    await run(scan, 'evidence.keep', stages.deps.objects);
    expect(await rows(scan)).toMatchObject([{ retain_until: wanted, retain_wanted: null }]);
    expect(await lockOf(scan)).toMatchObject({ ok: true, value: { retainUntilMs: Date.parse(wanted) } });
    expect(await pending(scan, 'evidence.expire')).toEqual([{ not_before: wanted }]);
  });

  it('while_the_store_is_away_the_row_keeps_saying_what_is_wanted', async () => {
    const scan = await sealedScan();
    await change(scan, `hold = 'placing', hold_reason = 'case 1'`);
    const away = { ...stages.deps.objects, holdLegally: () => Promise.reject(new Fault('objects.unavailable', { internal: 'away' })) };
    await expect(run(scan, 'evidence.keep', away)).rejects.toMatchObject({ code: 'objects.unavailable' });
    expect(await rows(scan)).toMatchObject([{ hold: 'placing' }]);
  });

  it('a_store_that_says_yes_and_does_nothing_is_not_believed', async () => {
    const scan = await sealedScan();
    await change(scan, `hold = 'placing', hold_reason = 'case 1'`);
    const lying: ObjectStore = {
      ...stages.deps.objects,
      holdLegally: () => Promise.resolve({ ok: true, value: { retainUntilMs: 0, legalHold: true } }),
    };
    await expect(run(scan, 'evidence.keep', lying)).rejects.toMatchObject({ code: 'evidence.not_kept' });
    expect(await rows(scan)).toMatchObject([{ hold: 'placing' }]);
  });

  it('a_wish_that_changed_meanwhile_is_not_confirmed', async () => {
    const scan = await sealedScan();
    await change(scan, `hold = 'placing', hold_reason = 'case 1'`);
    const meanwhile: ObjectStore = {
      ...stages.deps.objects,
      lockOf: async (ref) => {
        await change(scan, `hold = 'lifting'`);
        return stages.deps.objects.lockOf(ref);
      },
    };
    await run(scan, 'evidence.keep', meanwhile);
    expect(await rows(scan)).toMatchObject([{ hold: 'lifting' }]); // the second job, which the second wish asked for, lifts it
  });
});

describe('expireEvidence', () => {
  it('what_is_due_goes_with_its_event_and_the_row_says_when', async () => {
    const scan = await sealedScan(400);
    await comeDue(scan);
    await run(scan, 'evidence.expire', later);
    expect((await rows(scan)).every((row) => row['expired_at'] !== null && row['removed_at'] !== null)).toBe(true);
    expect(await objectsOf(scan)).toEqual([]);
    const expired = (await stages.actions(scan.tenantId)).filter((action) => action === 'evidence.expired');
    expect(expired).toHaveLength((await rows(scan)).length);
    expect(await pending(scan, 'evidence.expire')).toEqual([]);
  });

  it('a_worker_and_a_store_whose_clocks_run_ahead_remove_nothing_that_the_database_still_keeps', async () => {
    const scan = await sealedScan();
    await run(scan, 'evidence.expire', later);
    expect(await rows(scan)).toMatchObject([{ expired_at: null, removed_at: null }]);
    expect(await objectsOf(scan)).toHaveLength(1);
    const [row] = await rows(scan);
    expect(await pending(scan, 'evidence.expire')).toEqual([{ not_before: row?.['retain_until'] }]);
  });

  it('a_database_whose_clock_runs_ahead_removes_nothing_that_the_store_still_keeps', async () => {
    const scan = await sealedScan();
    await comeDue(scan);
    await run(scan, 'evidence.expire', stages.deps.objects);
    expect(await rows(scan)).toMatchObject([{ removed_at: null }]);
    expect(await objectsOf(scan)).toHaveLength(1);
    expect(await pending(scan, 'evidence.expire')).toHaveLength(1); // looked at again
  });

  it.each(['placing', 'held', 'lifting'])('evidence_whose_hold_is_%s_stays_after_its_date', async (hold) => {
    const scan = await sealedScan();
    await change(scan, `hold = '${hold}', hold_reason = 'case 1'`);
    await comeDue(scan);
    await run(scan, 'evidence.expire', later);
    expect(await rows(scan)).toMatchObject([{ hold, expired_at: null }]);
    expect(await objectsOf(scan)).toHaveLength(1);
  });

  it('a_hold_that_was_set_in_the_store_alone_keeps_the_object', async () => {
    const scan = await sealedScan();
    const [row] = await rows(scan);
    const ref = { key: String(row?.['object_key']), version: String(row?.['object_version']), sha256: '' };
    await stages.deps.objects.holdLegally(ref, true);
    await comeDue(scan);
    await run(scan, 'evidence.expire', later);
    expect(await objectsOf(scan)).toHaveLength(1);
    expect(await pending(scan, 'evidence.expire')).toHaveLength(1);
  });

  it('after_a_release_the_sweep_looks_again', async () => {
    const scan = await sealedScan();
    await change(scan, `hold = 'placing', hold_reason = 'case 1'`);
    await run(scan, 'evidence.keep', stages.deps.objects);
    await change(scan, `hold = 'lifting'`);
    expect(await pending(scan, 'evidence.expire')).toHaveLength(1);
    await run(scan, 'evidence.keep', stages.deps.objects);
    expect(await pending(scan, 'evidence.expire')).toHaveLength(2);
    await comeDue(scan);
    await run(scan, 'evidence.expire', later);
    expect(await objectsOf(scan)).toEqual([]);
  });

  it('a_crash_after_the_row_said_expired_is_finished_by_the_next_run', async () => {
    const scan = await sealedScan();
    await comeDue(scan);
    const crashing = { ...later, remove: () => Promise.reject(new Fault('objects.unavailable', { internal: 'crash' })) };
    await expect(run(scan, 'evidence.expire', crashing)).rejects.toMatchObject({ code: 'objects.unavailable' });
    expect(await rows(scan)).toMatchObject([{ removed_at: null }]);
    await run(scan, 'evidence.expire', later);
    expect((await rows(scan))[0]?.['removed_at']).not.toBeNull();
    expect((await stages.actions(scan.tenantId)).filter((action) => action === 'evidence.expired')).toHaveLength(1);
  });

  it('what_an_interrupted_attempt_left_is_swept_and_other_scans_and_tenants_keep_theirs', async () => {
    const [scan, neighbour] = [await sealedScan(), await sealedScan()];
    await seal(scan); // put, and never recorded
    expect(await objectsOf(scan)).toHaveLength(2);
    await comeDue(scan);
    await run(scan, 'evidence.expire', later);
    expect(await objectsOf(scan)).toEqual([]);
    expect(await objectsOf(neighbour)).toHaveLength(1);
  });
});
