import { createSecretKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { fc } from '../../../tools/testing/seeded-fast-check.ts';
import { openCursor, sealCursor } from './cursor.ts';

const key = createSecretKey(Buffer.alloc(32, 7));
const scope = { tenantId: 'tenant-a', operation: 'listFindings', filters: { severity: 'high', path: undefined } };
const position = z.tuple([z.int(), z.string()]);
const invalid = { ok: false, error: { code: 'http.cursor_invalid' } };

test('a_cursor_opens_to_the_position_it_was_sealed_with', () => {
  const cursor = sealCursor(key, scope, [70, 'row']);
  expect(openCursor(key, scope, { cursor, position })).toEqual({ ok: true, value: [70, 'row'] });
  expect(openCursor(key, scope, { cursor: undefined, position })).toEqual({ ok: true, value: undefined });
});

test.each([
  ['tenant', { ...scope, tenantId: 'tenant-b' }],
  ['route', { ...scope, operation: 'listScans' }],
  ['filter', { ...scope, filters: { severity: 'low' } }],
])('a_cursor_of_another_%s_is_no_cursor', (_what, other) => {
  expect(openCursor(key, scope, { cursor: sealCursor(key, other, [70, 'row']), position })).toEqual(invalid);
});

test('a_cursor_sealed_with_another_key_is_no_cursor', () => {
  const cursor = sealCursor(createSecretKey(Buffer.alloc(32, 8)), scope, [70, 'row']);
  expect(openCursor(key, scope, { cursor, position })).toEqual(invalid);
});

test('a_position_of_another_shape_is_no_cursor', () => {
  expect(openCursor(key, scope, { cursor: sealCursor(key, scope, ['row', 70]), position })).toEqual(invalid);
});

test('no_edit_of_a_cursor_survives', () => {
  const bytes = Buffer.from(sealCursor(key, scope, [70, 'row']), 'base64url');
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const edited = Buffer.from(bytes);
      edited.writeUInt8(edited.readUInt8(at) ^ flip, at);
      expect(openCursor(key, scope, { cursor: edited.toString('base64url'), position })).toEqual(invalid);
    }),
  );
});

test('arbitrary_text_is_no_cursor_and_never_throws', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 512 }), (cursor) => {
      expect(openCursor(key, scope, { cursor, position })).toEqual(invalid);
    }),
  );
});
