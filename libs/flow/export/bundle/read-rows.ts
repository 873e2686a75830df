import { limits } from '@lib/contract';
import { indexPath, viewPaths } from '../views/audit-view.ts';
import type { BundleSource } from './bundle-source.ts';

const chunkBytes = 1_048_576;

/** The rows of a filtered export, in order: each the bytes of one entry and the index that it claims; NaN when it claims none. */
export async function* readRows(source: BundleSource): AsyncGenerator<{ readonly index: number; readonly entry: Uint8Array }> {
  const indexes = readLines(source, indexPath);
  for await (const entry of readLines(source, viewPaths.jsonl)) {
    const next = await indexes.next();
    const digits = next.done === true ? '' : Buffer.from(next.value).toString('latin1');
    yield { index: /^(?:0|[1-9]\d{0,15})$/u.test(digits) ? Number(digits) : Number.NaN, entry };
  }
}

// A line without an end is a line; one longer than an entry can be ends the reading.
async function* readLines(source: BundleSource, path: string): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  for (let from = 0; ; from += chunkBytes) {
    const chunk = (await source.read(path, { from, bytes: chunkBytes })) ?? new Uint8Array(0);
    const bytes = Buffer.concat([rest, chunk]);
    let at = 0;
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, at)) {
      yield bytes.subarray(at, end);
      at = end + 1;
    }
    rest = bytes.subarray(at);
    if (chunk.length < chunkBytes || rest.length > limits.auditEntryBytesMax) break;
  }
  if (rest.length > 0) yield rest;
}
