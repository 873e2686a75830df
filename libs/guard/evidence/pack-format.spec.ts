import { createHash, randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { scanIdSchema, tenantIdSchema } from '@lib/contract';
import { fc } from '../../../tools/testing/seeded-fast-check.ts';
import { dividePacks, isWholePack, layPack, packedBytes, readPackIndex, sliceOf } from './pack-format.ts';

const owner = { tenantId: tenantIdSchema.parse(randomUUID()), scanId: scanIdSchema.parse(randomUUID()) };
// made by the code that wrote version 1
const firstDay = {
  bytes: '68e951bea3ea4d94ac4bd4d0f9bcd9bb3161f64ed02f36e3e1a69d601aad68c4',
  root: '4f55f619d9215235778b2b9f17d6f4915b16171214d152381293669764de722e',
};
const packBytes = (...of: Parameters<typeof layPack>): Buffer => Buffer.concat([...layPack(...of).parts()]);
const someEntries = fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 20 });

it.each([1, 2] as const)('any_entries_come_back_from_their_slots_in_version_%s', (version) => {
  fc.assert(
    fc.property(someEntries, (entries) => {
      const pack = readPackIndex(owner, packBytes(owner, entries, version));
      if (pack === undefined) throw new Error('not a pack');
      expect(pack.slots.map((slot) => Buffer.from(sliceOf(pack, slot)))).toEqual(entries.map((entry) => Buffer.from(entry)));
      expect(isWholePack(owner, pack)).toBe(true);
    }),
  );
});

it.each([1, 2] as const)('any_changed_byte_is_refused_or_found_to_be_no_whole_pack_in_version_%s', (version) => {
  const bytes = packBytes(owner, [Buffer.from('one'), Buffer.from('two'), Buffer.from('three')], version);
  for (let at = 0; at < bytes.length; at += 1) {
    const broken = Buffer.from(bytes);
    broken.writeUInt8(broken.readUInt8(at) ^ 1, at);
    const pack = readPackIndex(owner, broken);
    expect(pack !== undefined && isWholePack(owner, pack), `byte ${String(at)}`).toBe(false);
  }
  for (let length = 0; length < bytes.length; length += 1) expect(readPackIndex(owner, bytes.subarray(0, length))).toBeUndefined();
});

it('a_pack_of_the_first_version_is_what_it_was_on_its_first_day', () => {
  const fixed = {
    tenantId: tenantIdSchema.parse('00000000-0000-4000-8000-000000000001'),
    scanId: scanIdSchema.parse('00000000-0000-4000-8000-000000000002'),
  };
  const pack = layPack(fixed, [Buffer.from('one'), Buffer.from('two')], 1);
  const sha256 = createHash('sha256')
    .update(Buffer.concat([...pack.parts()]))
    .digest('hex');
  expect([sha256, pack.index().root]).toEqual([firstDay.bytes, firstDay.root]);
});

it('a_pack_is_never_longer_than_it_said_before_its_index_was_made', () => {
  fc.assert(
    fc.property(someEntries, (entries) => {
      const pack = layPack(owner, entries);
      expect(packBytes(owner, entries).length).toBeLessThanOrEqual(pack.bytesMax);
    }),
  );
});

it('a_pack_of_another_scan_is_not_this_ones', () => {
  const bytes = packBytes(owner, [Buffer.from('one')]);
  expect(readPackIndex({ ...owner, scanId: scanIdSchema.parse(randomUUID()) }, bytes)).toBeUndefined();
  expect(readPackIndex({ ...owner, tenantId: tenantIdSchema.parse(randomUUID()) }, bytes)).toBeUndefined();
});

it('division_keeps_order_and_the_bound', () => {
  fc.assert(
    fc.property(someEntries, fc.integer({ min: 200, max: 900 }), (entries, packBytesMax) => {
      const packs = dividePacks(entries, packBytesMax);
      expect(packs.flat()).toEqual(entries);
      for (const pack of packs) {
        expect(pack.reduce((sum, entry) => sum + packedBytes(entry), 0)).toBeLessThanOrEqual(packBytesMax);
      }
    }),
  );
});
