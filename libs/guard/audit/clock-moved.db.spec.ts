import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TenantContext } from '@lib/guard/tenancy';
import { type TestAudit, someDraft, testAudit } from '../../../tools/testing/audit.ts';
import { listAuditEntries, recordAudit, verifyAuditLog } from './index.ts';

let test: TestAudit;
let who: TenantContext;
beforeAll(async () => {
  test = await testAudit();
});
afterAll(() => test.close());
beforeEach(async () => {
  who = await test.newTenant();
});

const minute = 60_000;
const nowMs = 1_790_000_000_000;

/** An id as a process makes it whose clock stands there. Source: RFC 9562, version 7. */
function idAt(ms: number): string {
  const time = ms.toString(16).padStart(12, '0');
  const rest = randomBytes(9).toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(6, 18)}`;
}

/** Records an event in a process whose clock is off by so much, and answers its id. */
async function recordAt(offsetMs: number): Promise<string> {
  const id = idAt(nowMs + offsetMs);
  const deps = { clock: { nowMs: () => nowMs + offsetMs }, ids: { uuid: () => id } };
  await test.api.withTenant(who, 'test', (tx) => recordAudit(tx, someDraft, deps));
  return id;
}
const placedIds = async () => {
  const entries = await test.api.withTenant(who, 'test', (tx) => listAuditEntries(tx, { limit: 200 }));
  return entries.map(({ event }) => event.id).toReversed();
};

describe('a clock that is moved', () => {
  it.each([
    ['15_minutes_forth', 15 * minute],
    ['15_minutes_back', -15 * minute],
    ['an_hour_back', -60 * minute],
  ])('%s_loses_no_event_gives_none_twice_and_moves_none_that_has_its_place', async (_name, offset) => {
    const before = [await recordAt(0), await recordAt(1), await recordAt(2)];
    await test.place(who);
    const moved = [await recordAt(offset), await recordAt(offset + 1)];
    await test.place(who);
    const after = [await recordAt(3), await recordAt(offset + 2), await recordAt(4)];
    await test.place(who);
    const placed = await placedIds();
    expect(placed.slice(0, 5)).toEqual([...before, ...moved]);
    expect(placed.slice(5).toSorted()).toEqual(after.toSorted());
    expect(await verifyAuditLog({ tenancy: test.api, keys: test.keys }, who)).toMatchObject({ ok: true, size: 8 });
  });

  it('between_two_processes_that_disagree_keeps_every_event_of_both', async () => {
    const ids: string[] = [];
    for (let round = 0; round < 20; round += 1) {
      ids.push(await recordAt(round), await recordAt(round - 60 * minute), await recordAt(round + 15 * minute));
      if (round % 3 === 0) await test.place(who);
    }
    await test.place(who);
    const placed = await placedIds();
    expect(placed.toSorted()).toEqual(ids.toSorted());
    expect(await verifyAuditLog({ tenancy: test.api, keys: test.keys }, who)).toMatchObject({ ok: true, size: 60 });
  });
});
