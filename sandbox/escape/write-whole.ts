import { writeSync } from 'node:fs';

const waiting = new Int32Array(new SharedArrayBuffer(4));
const waitMs = 2;

/** Writes all of a line, however slow the reader: a worker that starts makes the descriptor non-blocking behind our back. */
export function writeWhole(descriptor: number, line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let sent = 0; sent < bytes.byteLength;) {
    try {
      sent += writeSync(descriptor, bytes, sent);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      Atomics.wait(waiting, 0, 0, waitMs);
    }
  }
}
