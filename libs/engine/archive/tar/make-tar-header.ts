import { Buffer } from 'node:buffer';
import { blockBytes } from './tar-header.ts';

/** An entry to be written. Units: bytes. */
export type TarHeaderDraft = { readonly name: Uint8Array; readonly kind: 'file' | 'folder' | 'symlink'; readonly bytes: number };

const types = { file: '0', folder: '5', symlink: '2', pax: 'x' } as const;

/** The header blocks of one entry; its whole name stands in a pax header, so that no byte of it is lost. The bytes and `tarPadding` follow. */
export function makeTarHeader({ name, kind, bytes }: TarHeaderDraft): Buffer {
  const record = paxPath(name);
  return Buffer.concat([block('pax', record.byteLength), record, tarPadding(record.byteLength), block(kind, bytes)]);
}

/** What fills up the last block of so many bytes. */
export function tarPadding(bytes: number): Buffer {
  return Buffer.alloc((blockBytes - (bytes % blockBytes)) % blockBytes);
}

/** What ends an archive. */
export const tarEnd = Buffer.alloc(2 * blockBytes);

// A record counts its own length, digits included.
function paxPath(name: Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(' path='), name, Buffer.from('\n')]);
  let length = rest.byteLength + 1;
  while (String(length).length + rest.byteLength !== length) length += 1;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function block(kind: keyof typeof types, bytes: number): Buffer {
  const header = Buffer.alloc(blockBytes);
  header.write('entry', 0, 'latin1');
  header.write('0000644\u00000000000\u00000000000\u0000', 100, 'latin1');
  header.write(`${bytes.toString(8).padStart(11, '0')}\u000000000000000\u0000        ${types[kind]}`, 124, 'latin1');
  header.write('ustar\u000000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1');
  return header;
}
