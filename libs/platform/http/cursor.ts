import { timingSafeEqual, type KeyObject } from 'node:crypto';
import { err, ok, type Json, type Result } from '@lib/kernel';
import type { z } from 'zod';
import { hmacSha256 } from './hmac-sha256.ts';

const macBytes = 16; // 128 bits: a forger gets one try a request

/** What a cursor belongs to. Under another tenant, route or filter it is no cursor. */
export type CursorScope = {
  readonly tenantId: string;
  readonly operation: string;
  readonly filters: Readonly<Record<string, Json | undefined>>;
};

/** A cursor that we did not give out for this list. */
export type CursorInvalid = { readonly code: 'http.cursor_invalid' };

/** Seals the sort values of the last row into an opaque cursor. */
export function sealCursor(key: KeyObject, scope: CursorScope, position: readonly Json[]): string {
  const payload = Buffer.from(JSON.stringify(position), 'utf8');
  return Buffer.concat([mac(key, scope, payload), payload]).toString('base64url');
}

/** Opens a cursor. No cursor is no position: the list starts at its head. Errors: `http.cursor_invalid`. */
export function openCursor<T extends z.ZodType>(
  key: KeyObject,
  scope: CursorScope,
  given: { readonly cursor: string | undefined; readonly position: T },
): Result<z.output<T> | undefined, CursorInvalid> {
  if (given.cursor === undefined) return ok(undefined);
  const bytes = Buffer.from(given.cursor, 'base64url');
  const payload = bytes.subarray(macBytes);
  if (bytes.toString('base64url') !== given.cursor || payload.length === 0) return invalid;
  if (!timingSafeEqual(bytes.subarray(0, macBytes), mac(key, scope, payload))) return invalid;
  const position = given.position.safeParse(JSON.parse(payload.toString('utf8')));
  return position.success ? ok(position.data) : invalid;
}

const invalid = err({ code: 'http.cursor_invalid' } as const);

// Filters come out of their schema with their members in its order, so plain JSON is one text for one meaning.
function mac(key: KeyObject, scope: CursorScope, payload: Uint8Array): Uint8Array {
  const bound = JSON.stringify([scope.tenantId, scope.operation, scope.filters]);
  return hmacSha256(key, Buffer.concat([Buffer.from(`${bound}\n`, 'utf8'), payload])).subarray(0, macBytes);
}
