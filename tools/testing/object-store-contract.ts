import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { tenantIdSchema } from '@lib/contract';
import type { ObjectStore, PutRequest } from '@lib/platform/objects';

/** A store under test, and how to end it. */
export type StoreUnderTest = { readonly store: ObjectStore; readonly end: () => Promise<void> };

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const valueOf = <T>(result: { ok: true; value: T } | { ok: false; error: { code: string } }): T => {
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
};
const refused = (code: string) => ({ ok: false, error: { code } });
const HOUR_MS = 3_600_000;

/** What every object store keeps. Run once for each. */
export function describeObjectStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    let subject: StoreUnderTest;
    let store: ObjectStore;
    const context = { tenantId: tenantIdSchema.parse(randomUUID()), purpose: 'test' };
    const requestOf = (changes: Partial<PutRequest> = {}): PutRequest => {
      const bytes = changes.bytes ?? randomBytes(2_000);
      return { key: `t/${randomUUID()}`, bytes, sha256: sha256(bytes), retainUntilMs: Date.now() + HOUR_MS, context, ...changes };
    };

    beforeAll(async () => {
      subject = await open();
      store = subject.store;
    });
    afterAll(() => subject.end());

    it('what_was_put_comes_back_with_its_facts', async () => {
      const request = requestOf();
      const stored = valueOf(await store.put(request));
      expect(stored).toMatchObject({ key: request.key, sha256: request.sha256, bytes: 2_000 });
      expect(stored.retainUntilMs).toBeGreaterThanOrEqual(request.retainUntilMs ?? 0);
      expect(Buffer.from(valueOf(await store.get(stored))).equals(request.bytes)).toBe(true);
      expect(valueOf(await store.lockOf(stored))).toEqual({ retainUntilMs: stored.retainUntilMs, legalHold: false });
    });

    it('an_empty_object_and_one_without_a_date_are_objects', async () => {
      const stored = valueOf(await store.put(requestOf({ bytes: Buffer.alloc(0), retainUntilMs: undefined })));
      expect(stored).toMatchObject({ bytes: 0, retainUntilMs: undefined });
      expect(valueOf(await store.get(stored))).toHaveLength(0);
      expect(valueOf(await store.lockOf(stored))).toEqual({ retainUntilMs: undefined, legalHold: false });
    });

    it('a_key_is_written_once_and_the_answer_tells_nothing_of_what_is_there', async () => {
      const first = requestOf();
      const stored = valueOf(await store.put(first));
      expect(await store.put(first)).toEqual(refused('objects.exists'));
      expect(await store.put(requestOf({ key: first.key }))).toEqual(refused('objects.exists'));
      expect(Buffer.from(valueOf(await store.get(stored))).equals(first.bytes)).toBe(true);
    });

    it('of_writers_at_once_one_wins_and_the_others_are_told_so', async () => {
      const key = `t/${randomUUID()}`;
      const answers = await Promise.all(Array.from({ length: 6 }, () => store.put(requestOf({ key }))));
      expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
      expect(answers.filter((answer) => !answer.ok)).toEqual(Array.from({ length: 5 }, () => refused('objects.exists')));
    });

    it('bytes_that_are_not_those_of_the_digest_are_not_written', async () => {
      const request = requestOf();
      expect(await store.put({ ...request, sha256: sha256(Buffer.from('other')) })).toEqual(refused('objects.digest_mismatch'));
      expect((await store.put({ ...requestOf(), key: request.key })).ok).toBe(true); // the key was still free
    });

    it('a_read_under_another_digest_is_refused', async () => {
      const stored = valueOf(await store.put(requestOf()));
      expect(await store.get({ ...stored, sha256: sha256(Buffer.from('other')) })).toEqual(refused('objects.digest_mismatch'));
    });

    it('keys_and_versions_that_do_not_exist_are_absent', async () => {
      const stored = valueOf(await store.put(requestOf()));
      expect(await store.get({ ...stored, key: 't/none' })).toEqual(refused('objects.absent'));
      expect(await store.get({ ...stored, version: 'no-such-version' })).toEqual(refused('objects.absent'));
      expect(await store.lockOf({ ...stored, key: 't/none' })).toEqual(refused('objects.absent'));
      expect(await store.lockOf({ ...stored, version: 'no-such-version' })).toEqual(refused('objects.absent'));
      expect(await store.remove({ ...stored, key: 't/none' })).toEqual(refused('objects.absent'));
    });

    it.each(['', '/', 'a//b', '../a', 'a/../b', 'a/.b', 'a/', '/a', 'A', 'a b', 'a\u0000', 'a=object', 'é', 'a/'.repeat(260) + 'a'])(
      'refuses the key %j',
      async (key) => {
        expect(await store.put(requestOf({ key }))).toEqual(refused('objects.key_invalid'));
        expect(await store.lockOf({ key, version: 'v' })).toEqual(refused('objects.absent'));
      },
    );

    it('a_date_that_has_passed_or_lies_beyond_ten_years_is_refused', async () => {
      for (const retainUntilMs of [Date.now() - 1_000, Date.now() + 4_000 * 24 * HOUR_MS, Number.NaN]) {
        expect(await store.put(requestOf({ retainUntilMs }))).toEqual(refused('objects.retention_invalid'));
      }
    });

    it('nothing_is_removed_before_its_date', async () => {
      const stored = valueOf(await store.put(requestOf()));
      expect(await store.remove(stored)).toEqual(refused('objects.retained'));
      expect((await store.get(stored)).ok).toBe(true);
    });

    it('a_date_moves_further_and_never_closer', async () => {
      const stored = valueOf(await store.put(requestOf()));
      const further = Date.now() + 2 * HOUR_MS;
      expect(valueOf(await store.extendRetention(stored, further)).retainUntilMs).toBeGreaterThanOrEqual(further);
      expect(await store.extendRetention(stored, Date.now() + HOUR_MS)).toEqual(refused('objects.retention_shortened'));
      expect(valueOf(await store.lockOf(stored)).retainUntilMs).toBeGreaterThanOrEqual(further);
      expect(await store.remove(stored)).toEqual(refused('objects.retained'));
      expect((await store.get(stored)).ok).toBe(true);
    });

    it('a_date_can_be_given_later', async () => {
      const stored = valueOf(await store.put(requestOf({ retainUntilMs: undefined })));
      valueOf(await store.extendRetention(stored, Date.now() + HOUR_MS));
      expect(await store.remove(stored)).toEqual(refused('objects.retained'));
    });

    it('after_its_date_an_object_can_be_removed_and_its_key_is_free', async () => {
      const request = requestOf({ retainUntilMs: Date.now() + 1_500 });
      const stored = valueOf(await store.put(request));
      expect(await store.remove(stored)).toEqual(refused('objects.retained'));
      await vi.waitFor(async () => valueOf(await store.remove(stored)), { timeout: 15_000, interval: 100 });
      expect(await store.get(stored)).toEqual(refused('objects.absent'));
      expect(await store.lockOf(stored)).toEqual(refused('objects.absent'));
      const again = valueOf(await store.put(requestOf({ key: request.key })));
      expect(again.version).not.toBe(stored.version);
    });

    it('under_a_legal_hold_nothing_is_removed_whatever_its_date_until_the_hold_is_lifted', async () => {
      const stored = valueOf(await store.put(requestOf({ retainUntilMs: Date.now() + 1_500 })));
      expect(valueOf(await store.holdLegally(stored, true))).toEqual({ retainUntilMs: stored.retainUntilMs, legalHold: true });
      valueOf(await store.holdLegally(stored, true)); // again is the same
      const other = valueOf(await store.put(requestOf({ retainUntilMs: Date.now() + 1_500 })));
      await vi.waitFor(async () => valueOf(await store.remove(other)), { timeout: 15_000, interval: 100 });
      expect(await store.remove(stored)).toEqual(refused('objects.held'));
      expect((await store.get(stored)).ok).toBe(true);
      expect(valueOf(await store.holdLegally(stored, false))).toEqual({ retainUntilMs: stored.retainUntilMs, legalHold: false });
      await vi.waitFor(async () => valueOf(await store.remove(stored)), { timeout: 15_000, interval: 100 });
    });

    it('a_hold_and_a_date_do_not_undo_each_other', async () => {
      const stored = valueOf(await store.put(requestOf()));
      valueOf(await store.holdLegally(stored, true));
      const further = Math.ceil(Date.now() / 1000) * 1000 + 2 * HOUR_MS;
      expect(valueOf(await store.extendRetention(stored, further))).toEqual({ retainUntilMs: further, legalHold: true });
      expect(valueOf(await store.holdLegally(stored, false))).toEqual({ retainUntilMs: further, legalHold: false });
      expect(await store.remove(stored)).toEqual(refused('objects.retained'));
    });

    it('a_hold_on_what_is_not_there_is_absent', async () => {
      const stored = valueOf(await store.put(requestOf()));
      expect(await store.holdLegally({ ...stored, key: 't/none' }, true)).toEqual(refused('objects.absent'));
      expect(await store.holdLegally({ ...stored, version: 'no-such-version' }, true)).toEqual(refused('objects.absent'));
    });

    it('lists_keys_in_the_order_of_their_bytes_in_pages_without_gap_or_repeat', async () => {
      const prefix = `list-${randomUUID()}/`;
      const names = ['a', 'a-b', 'a.b', 'a/b', 'a/b/c', 'a0', 'b/1', 'b/2', 'b_', 'c'];
      for (const name of names.toReversed())
        valueOf(await store.put(requestOf({ key: `${prefix}${name}`, bytes: Buffer.from(name), retainUntilMs: undefined })));
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.list({ prefix, cursor, itemsMax: 3 });
        expect(page.items.length).toBeLessThanOrEqual(3);
        seen.push(...page.items.map((item) => item.key));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(seen).toEqual(names.map((name) => `${prefix}${name}`));
      const narrow = await store.list({ prefix: `${prefix}a/`, itemsMax: 10 });
      expect(narrow.items).toMatchObject([
        { key: `${prefix}a/b`, bytes: 3 },
        { key: `${prefix}a/b/c`, bytes: 5 },
      ]);
      for (const { key, version } of narrow.items) expect((await store.lockOf({ key, version })).ok).toBe(true);
      expect(await store.list({ prefix: `${prefix}none`, itemsMax: 10 })).toEqual({ items: [], nextCursor: undefined });
    });
  });
}
