import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { scanIdSchema, tenantIdSchema } from '@lib/contract';
import { dividePacks, isWholePack, packedBytes, readPackIndex, sliceOf, writePack } from './pack-format.ts';

const owner = { tenantId: tenantIdSchema.parse(randomUUID()), scanId: scanIdSchema.parse(randomUUID()) };
const someEntries = fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 20 });

it('any_entries_come_back_from_their_slots', () => {
  fc.assert(
    fc.property(someEntries, (entries) => {
      const pack = readPackIndex(owner, writePack(owner, entries).bytes);
      if (pack === undefined) throw new Error('not a pack');
      expect(pack.slots.map((slot) => Buffer.from(sliceOf(pack, slot)))).toEqual(entries.map((entry) => Buffer.from(entry)));
      expect(isWholePack(owner, pack)).toBe(true);
    }),
  );
});

it('any_changed_byte_is_refused_or_found_to_be_no_whole_pack', () => {
  const { bytes } = writePack(owner, [Buffer.from('one'), Buffer.from('two'), Buffer.from('three')]);
  for (let at = 0; at < bytes.length; at += 1) {
    const broken = Buffer.from(bytes);
    broken.writeUInt8(broken.readUInt8(at) ^ 1, at);
    const pack = readPackIndex(owner, broken);
    expect(pack !== undefined && isWholePack(owner, pack), `byte ${String(at)}`).toBe(false);
  }
  for (let length = 0; length < bytes.length; length += 1) expect(readPackIndex(owner, bytes.subarray(0, length))).toBeUndefined();
});

it('a_pack_of_another_scan_is_not_this_ones', () => {
  const { bytes } = writePack(owner, [Buffer.from('one')]);
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
