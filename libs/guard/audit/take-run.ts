import { z } from 'zod';

const hashSchema = z.object({ idx: z.int(), hash: z.instanceof(Uint8Array) });

/** Hashes of rows in order from an index on, up to the first gap. */
export function takeRun(rows: readonly unknown[], from: number): readonly Uint8Array[] {
  const parsed = rows.map((row) => hashSchema.parse(row));
  const end = parsed.findIndex(({ idx }, at) => idx !== from + at);
  return parsed.slice(0, end === -1 ? parsed.length : end).map(({ hash }) => hash);
}
