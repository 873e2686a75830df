import { type Result, err, ok } from '@lib/kernel';
import { decodeBase64 } from './decode-base64.ts';
import { HASH_BYTES } from './merkle-hash.ts';
import type { TlogError } from './tlog.errors.ts';

/** What the log's signature vouches for: this log had this many entries, and this root. */
export type Checkpoint = { readonly origin: string; readonly size: bigint; readonly root: Uint8Array };

const SIZE_MAX = 2n ** 63n - 1n; // what the database's bigint holds

/** The three lines that are signed. Source: C2SP tlog-checkpoint v1.0.0. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${String(size)}\n${Buffer.from(root).toString('base64')}\n`;
}

/** Reads the three lines, strictly: no extension line, no leading zero, one form of base64. Errors: `tlog.checkpoint_malformed`. */
export function parseCheckpoint(text: string): Result<Checkpoint, TlogError> {
  const [, origin, digits, encoded] = /^([^\n]+)\n(0|[1-9][0-9]{0,18})\n([^\n]+)\n$/u.exec(text) ?? [];
  if (origin === undefined || digits === undefined || encoded === undefined) return err({ code: 'tlog.checkpoint_malformed' });
  const root = decodeBase64(encoded);
  const size = BigInt(digits);
  if (root?.length !== HASH_BYTES || size > SIZE_MAX) return err({ code: 'tlog.checkpoint_malformed' });
  return ok({ origin, size, root });
}
