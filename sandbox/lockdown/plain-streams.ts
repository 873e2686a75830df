import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';

/**
 * Puts streams in place of standard output and error that only write: what Node makes of them at their first use asks the kernel what they
 * are, which the filter refuses, and takes a tenth of the whole start. Nobody reads standard output; standard error is counted and dropped.
 */
export function plainStreams(): void {
  for (const [name, descriptor] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    Object.defineProperty(process, name, { value: writing(descriptor), configurable: true, enumerable: true });
  }
}

function writing(descriptor: number): Writable {
  return new Writable({
    decodeStrings: true,
    write: (chunk: Uint8Array, _encoding, done) => {
      try {
        writeSync(descriptor, chunk);
      } catch {
        // full or closed: these words are for nobody
      }
      done();
    },
  });
}
