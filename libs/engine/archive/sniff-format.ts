import { Buffer } from 'node:buffer';
import type { ArchiveFormat } from '@lib/contract';
import { blockBytes, isZero, readTarHeader } from './tar/tar-header.ts';

const magics: readonly (readonly [name: 'tar.gz' | 'tar.zst' | 'zip' | 'other', head: Buffer])[] = [
  ['tar.gz', Buffer.from([0x1f, 0x8b])],
  ['tar.zst', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['zip', Buffer.from('PK\u0003\u0004', 'latin1')],
  ['zip', Buffer.from('PK\u0005\u0006', 'latin1')], // an empty one
  ['other', Buffer.from('BZh')],
  ['other', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])], // xz
  ['other', Buffer.from('7z\u00bc\u00af\u0027\u001c', 'latin1')],
  ['other', Buffer.from('LZIP')],
  ['other', Buffer.from([0x04, 0x22, 0x4d, 0x18])], // lz4
  ['other', Buffer.from([0x1f, 0x9d])], // compress
];

/** The packing that these first bytes are the mark of, if any. */
export function packedFormatOf(head: Uint8Array): 'tar.gz' | 'tar.zst' | 'zip' | 'other' | undefined {
  return magics.find(([, mark]) => Buffer.compare(head.subarray(0, mark.byteLength), mark) === 0)?.[0];
}

/** What the first 512 bytes of an archive say it is; undefined when it is none that we unpack. A suffix or a media type is not asked. */
export function sniffFormat(head: Uint8Array): ArchiveFormat | undefined {
  if (head.byteLength >= blockBytes) {
    const block = head.subarray(0, blockBytes);
    if (isZero(block) || !('fault' in readTarHeader(block))) return 'tar'; // a name may begin with anybody's mark
  }
  const packed = packedFormatOf(head);
  return packed === 'other' ? undefined : packed;
}
