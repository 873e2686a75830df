import { randomUUID } from 'node:crypto';
import { tenantIdSchema } from '@lib/contract';
import { openTenancy, type Tenancy } from '@lib/guard/tenancy';
import { systemIds } from '@lib/platform/clock';
import { closeDatabase, openDatabase, type Database } from '@lib/platform/db';
import type { AnswerSlot, AnswerStore, Caller, Reservation } from '@lib/platform/http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '../../../tools/testing/database.ts';
import { keepAnswer, openAnswers } from './index.ts';

let database: TestDatabase;
let pool: Database;
let tenancy: Tenancy;
let answers: AnswerStore;
let caller: Caller;
beforeAll(async () => {
  database = await testDatabase();
  pool = openDatabase({ url: database.urls.aegis_api, poolMax: 4, applicationName: 'test' });
  tenancy = openTenancy(pool);
  answers = openAnswers(tenancy, systemIds);
});
afterAll(async () => {
  await closeDatabase(pool);
  await database.drop();
});
beforeEach(async () => {
  caller = await makeCaller();
});

const request = { key: 'key', operation: 'createScan', requestSha256: 'ab'.repeat(32) };

describe('answers by idempotency key', () => {
  test('an_answer_kept_in_the_transaction_of_the_change_is_there_when_the_process_dies_right_after', async () => {
    const slot = slotOf(await answers.reserve(caller, request));
    await tenancy.withTenant(caller, 'change', (tx) => keepAnswer(tx, slot, { status: 202, value: { id: 1 } }));
    expect(await answers.reserve(caller, request)).toEqual({ state: 'answered', answer: { status: 202, body: '{"id":1}' } });
  });

  test('a_change_that_rolls_back_leaves_no_answer', async () => {
    const slot = slotOf(await answers.reserve(caller, request));
    const change = tenancy.withTenant(caller, 'change', async (tx) => {
      await keepAnswer(tx, slot, { status: 202, value: {} });
      throw new Error('no');
    });
    await expect(change).rejects.toThrow('no');
    expect(await answers.reserve(caller, request)).toEqual({ state: 'in_progress' });
  });

  test('an_attempt_that_was_given_up_cannot_commit_any_more', async () => {
    const slow = slotOf(await answers.reserve(caller, request));
    await age(2);
    const second = await answers.reserve(caller, request);
    expect(second.state).toBe('reserved');
    const late = tenancy.withTenant(caller, 'change', (tx) => keepAnswer(tx, slow, { status: 202, value: {} }));
    await expect(late).rejects.toThrow('http.idempotency_in_progress');
    await tenancy.withTenant(caller, 'change', (tx) => keepAnswer(tx, slotOf(second), { status: 202, value: { by: 'second' } }));
    expect(await answers.reserve(caller, request)).toMatchObject({ answer: { body: '{"by":"second"}' } });
  });

  test('an_attempt_at_work_is_not_taken_over_and_never_by_another_request', async () => {
    await answers.reserve(caller, request);
    expect(await answers.reserve(caller, request)).toEqual({ state: 'in_progress' });
    await age(2);
    expect(await answers.reserve(caller, { ...request, requestSha256: 'cd'.repeat(32) })).toEqual({ state: 'reused' });
    expect(await answers.reserve(caller, { ...request, operation: 'createToken' })).toEqual({ state: 'reused' });
  });

  test('an_answer_that_was_kept_is_not_overwritten_or_released', async () => {
    const slot = slotOf(await answers.reserve(caller, request));
    await tenancy.withTenant(caller, 'change', (tx) => keepAnswer(tx, slot, { status: 201 }));
    await answers.finish(caller, slot, { status: 201, body: '{"secret":"shown once"}' });
    await answers.release(caller, slot);
    expect(await answers.reserve(caller, request)).toEqual({ state: 'answered', answer: { status: 201, body: null } });
  });

  test('a_day_later_the_key_is_free_and_old_keys_are_swept', async () => {
    for (const key of ['a', 'b', 'c']) await answers.reserve(caller, { ...request, key });
    await age(25 * 60);
    expect((await answers.reserve(caller, { ...request, key: 'a', requestSha256: 'cd'.repeat(32) })).state).toBe('reserved');
    const left = await database.admin('select key from app.idempotency where tenant_id = $1', [caller.tenantId]);
    expect(left).toEqual([{ key: 'a' }]);
  });

  test('a_key_of_another_tenant_is_free', async () => {
    await answers.reserve(caller, request);
    expect((await answers.reserve(await makeCaller(), request)).state).toBe('reserved');
  });

  test('without_a_key_there_is_nothing_to_keep', async () => {
    await tenancy.withTenant(caller, 'change', (tx) => keepAnswer(tx, undefined, { status: 202, value: {} }));
    expect(await database.admin('select 1 from app.idempotency where tenant_id = $1', [caller.tenantId])).toEqual([]);
  });
});

const credential = { kind: 'token', id: randomUUID() } as const;

async function makeCaller(): Promise<Caller> {
  const tenantId = tenantIdSchema.parse(randomUUID());
  await database.admin(`insert into app.tenant (tenant_id, name) values ($1, 'test')`, [tenantId]);
  return {
    tenantId,
    actor: { type: 'token', id: 'test' },
    requestId: 'test',
    client: { name: 'a test' },
    pass: database.pass(tenantId),
    credential,
    member: null,
  };
}

function slotOf(reservation: Reservation): AnswerSlot {
  if (reservation.state !== 'reserved') throw new Error(`not reserved: ${reservation.state}`);
  return reservation.slot;
}

async function age(minutes: number): Promise<void> {
  await database.admin(`update app.idempotency set created_at = created_at - make_interval(mins => $2) where tenant_id = $1`, [
    caller.tenantId,
    minutes,
  ]);
}
