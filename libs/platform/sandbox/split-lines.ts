import { TextDecoder } from 'node:util';
import { err, ok, type Result } from '@lib/kernel';

/** Cuts a byte stream into lines, holding at most one line. Lines that are too long or not UTF-8, and a stream that is too long, are errors. */
export type LineSplitter = { readonly push: (chunk: Uint8Array) => Result<readonly string[], { readonly code: SplitError }> };
export type SplitError = 'line_too_long' | 'stream_too_long' | 'not_utf8';

const newline = 10;

/** A splitter with its bounds. Units: bytes. */
export function splitLines(bounds: { readonly lineBytesMax: number; readonly streamBytesMax: number }): LineSplitter {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let streamBytes = 0;
  const push: LineSplitter['push'] = (chunk) => {
    streamBytes += chunk.byteLength;
    if (streamBytes > bounds.streamBytesMax) return err({ code: 'stream_too_long' });
    const lines: string[] = [];
    let from = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      if (pendingBytes + at - from > bounds.lineBytesMax) return err({ code: 'line_too_long' });
      const line = decode(decoder, Buffer.concat([...pending, chunk.subarray(from, at)]));
      if (line === undefined) return err({ code: 'not_utf8' });
      lines.push(line);
      pending = [];
      pendingBytes = 0;
      from = at + 1;
    }
    const rest = chunk.subarray(from);
    pendingBytes += rest.byteLength;
    if (pendingBytes > bounds.lineBytesMax) return err({ code: 'line_too_long' });
    if (rest.byteLength > 0) pending.push(rest);
    return ok(lines);
  };
  return { push };
}

function decode(decoder: TextDecoder, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
