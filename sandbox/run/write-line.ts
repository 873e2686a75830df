import { writeSync } from 'node:fs';
import { Fault } from '@lib/kernel';
import { resultDescriptor } from '../lockdown/unexpected-descriptors.ts';

const missingLayersExit = 78; // EX_CONFIG
const waitMs = 2;

/** Writes one line of JSON to the result pipe, whole; waits while the supervisor reads. */
export function writeLine(text: string): void {
  const bytes = Buffer.from(`${text}\n`, 'utf8');
  for (let sent = 0; sent < bytes.byteLength;) sent += writeSome(bytes, sent);
}

/** Says what is missing, as the supervisor expects it, and ends: nothing was read. */
export function refuse(missing: readonly string[]): never {
  writeLine(JSON.stringify({ type: 'refused', missing }));
  process.exit(missingLayersExit);
}

function writeSome(bytes: Uint8Array, from: number): number {
  try {
    return writeSync(resultDescriptor, bytes, from);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) {
      throw new Fault('sandbox.pipe_closed', { internal: 'the supervisor no longer reads', cause: error });
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMs); // the pipe is full; made here because a snapshot cannot hold one
    return 0;
  }
}
