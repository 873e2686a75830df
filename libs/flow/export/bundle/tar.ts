import { assert } from '@lib/kernel';

/** Tar works in blocks. Units: bytes. Source: POSIX.1-2017, pax, ustar interchange format. */
export const tarBlockBytes = 512;

const octalMax = 8 ** 11 - 1; // larger sizes are written in base 256, which every tar of today reads

/** What one entry of an archive is. Units: bytes, seconds since the Unix epoch. */
export type TarFile = { readonly path: string; readonly bytes: number; readonly modifiedAt: number };

/** The block before a file's bytes. */
export function tarHead({ path, bytes, modifiedAt }: TarFile): Uint8Array {
  const block = Buffer.alloc(tarBlockBytes);
  assert(path.length <= 100 && /^[\w./-]+$/u.test(path), 'paths of a bundle are short and plain');
  block.write(path, 0, 'latin1');
  block.write('0000644\0', 100, 'latin1');
  block.write('0000000\0', 108, 'latin1');
  block.write('0000000\0', 116, 'latin1');
  if (bytes <= octalMax) block.write(`${bytes.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(bytes), 128);
  }
  block.write(`${modifiedAt.toString(8).padStart(11, '0')}\0`, 136, 'latin1');
  block.write('0', 156, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** The zeros that fill a file's last block. */
export function tarPadding(bytes: number): Uint8Array {
  return Buffer.alloc((tarBlockBytes - (bytes % tarBlockBytes)) % tarBlockBytes);
}

/** What ends an archive. */
export const tarEnd: Uint8Array = Buffer.alloc(2 * tarBlockBytes);

/** Reads the block before a file's bytes. `end`: a block of zeros. Undefined: no header, or of something that is not a plain file. */
export function readTarHead(block: Uint8Array): { readonly path: string; readonly bytes: number } | 'end' | undefined {
  const head = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  if (head.length !== tarBlockBytes) return undefined;
  if (head.every((byte) => byte === 0)) return 'end';
  const path = head.toString('latin1', 0, 100).replace(/\0.*$/su, '');
  const told = Number.parseInt(head.toString('latin1', 148, 154), 8);
  const bytes = head[124] === 0x80 ? Number(head.readBigUInt64BE(128)) : Number.parseInt(head.toString('latin1', 124, 135), 8);
  const isFile = head[156] === 0x30 || head[156] === 0;
  if (told !== checksum(head) || !isFile || !Number.isSafeInteger(bytes) || !isPlainPath(path)) return undefined;
  return { path, bytes };
}

/** Whether a path stays where it is unpacked. Source: CWE-22. */
export function isPlainPath(path: string): boolean {
  return /^[\w.-]+(?:\/[\w.-]+)*$/u.test(path) && !path.split('/').some((part) => part === '.' || part === '..');
}

// the sum is made with spaces in its own place
function checksum(block: Uint8Array): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}
