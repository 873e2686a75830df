import { Buffer } from 'node:buffer';

const hexadecimal = /^(?:[0-9a-f]{2})+$/iu;
const readableShareMin = 0.95; // of the bytes: text that a person or a program would read

/**
 * Unpacks base64 (both alphabets) or hexadecimal. Undefined when what comes out is no readable text: a hash, a picture, a word.
 * Source: RFC 4648.
 */
export function unpackRun(run: string): string | undefined {
  const bytes = hexadecimal.test(run) ? Buffer.from(run, 'hex') : Buffer.from(run, 'base64');
  if (bytes.length < 12) return undefined;
  let readable = 0;
  for (const byte of bytes) if ((byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09) readable++;
  return readable >= bytes.length * readableShareMin ? bytes.toString('latin1') : undefined;
}
