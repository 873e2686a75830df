import { gzipSync } from 'node:zlib';
import { fc } from '../../../tools/testing/seeded-fast-check.ts';
import { gnuLong, packed, padded, paxHeader, paxRecord, tarEnd, tarHeader, tarOf, tarPiece, withChecksum } from './build-tar.ts';
import { body, inTar, path, refuses, type Archive, type Guard } from './hostile-archive.ts';

const file = (name: fc.Arbitrary<string>, more: (name: string) => Buffer): fc.Arbitrary<Buffer> => name.map(more);
const honest = fc
  .array(fc.tuple(path, body), { minLength: 1, maxLength: 4 })
  .map((files) => tarOf(files.map(([name, text], at) => ({ name: `${String(at)}/${name}`, body: text }))));
const anyFormat = fc.constantFrom<'tar' | 'tar.gz' | 'tar.zst'>('tar', 'tar.gz', 'tar.zst');

// Somewhere before the end: at least one zero block is gone.
const cut: fc.Arbitrary<Archive> = fc
  .tuple(honest, fc.double({ min: 0, max: 0.999, noNaN: true }), anyFormat)
  .map(([tar, share, format]) => {
    const whole = format === 'tar' ? tar.subarray(0, tar.byteLength - 1024) : packed(tar, format);
    return { format, bytes: whole.subarray(0, Math.floor(whole.byteLength * share)) };
  });

const flipped: fc.Arbitrary<Buffer> = fc
  .tuple(path, fc.integer({ min: 0, max: 511 }), fc.integer({ min: 0, max: 7 }))
  .filter(([, at]) => at < 148 || at > 155)
  .map(([name, at, bit]) => {
    const header = tarHeader({ name });
    header[at] = (header[at] ?? 0) ^ (1 << bit);
    return header;
  });

const wrongSize = fc.constantFrom(
  Buffer.alloc(12, 0xff), // negative
  Buffer.concat([Buffer.from([0x80, 0, 0, 0, 0xff]), Buffer.alloc(7, 0xff)]), // past 2^53
  Buffer.from('0000000000x\0'),
  Buffer.from('00000000009\0'),
  Buffer.from('-0000000001\0'),
  Buffer.from('0x000000010\0'),
  Buffer.from('000 0000010\0'),
);

const pax = (records: readonly Buffer[], header = tarHeader({ name: 'short' })): Buffer => Buffer.concat([paxHeader(records), header]);
const brokenRecord = fc.constantFrom(
  '999 path=a\n',
  '0 path=a\n',
  '10 path=a',
  '05 path=a\n',
  '9 pathaaa\n',
  '5 =a\n\n',
  'path=a\n',
  '-9 path=a\n',
);

/** Guards over the form of a tar. */
export const tarGuards: readonly Guard[] = [
  refuses(
    'hard link',
    'ingest.archive_hard_link',
    inTar(
      fc
        .tuple(path, fc.constantFrom('/etc/passwd', '../../victim/passwd', 'a'))
        .map(([name, link]) => tarPiece({ name, kind: 'hard_link', link })),
    ),
  ),
  refuses(
    'device',
    'ingest.archive_device',
    inTar(fc.tuple(path, fc.constantFrom('device' as const, 'block' as const)).map(([name, kind]) => tarPiece({ name, kind }))),
  ),
  refuses('FIFO', 'ingest.archive_fifo', inTar(path.map((name) => tarPiece({ name, kind: 'fifo' })))),
  refuses(
    'unknown type',
    'ingest.archive_entry_type',
    inTar(
      fc.tuple(path, fc.constantFrom(...Array.from('89ABCDEFGHIJMNOPQRTUVWXYZabcdef'))).map(([name, type]) => tarHeader({ name, type })),
    ),
  ),
  refuses('sparse by type', 'ingest.archive_sparse', inTar(file(path, (name) => tarHeader({ name, type: 'S', magic: 'ustar  \0' })))),
  refuses(
    'sparse by pax',
    'ingest.archive_sparse',
    inTar(
      fc
        .tuple(path, fc.constantFrom('GNU.sparse.major', 'GNU.sparse.realsize', 'GNU.sparse.name'))
        .map(([name, key]) => pax([paxRecord(key, '1')], tarHeader({ name }))),
    ),
  ),
  refuses('cut anywhere', ['ingest.archive_truncated'], cut),
  refuses('a flipped bit', 'ingest.archive_corrupt', inTar(flipped)),
  refuses(
    'impossible size',
    'ingest.archive_header_invalid',
    inTar(fc.tuple(path, wrongSize).map(([name, sizeField]) => tarHeader({ name, sizeField }))),
  ),
  refuses(
    'link with bytes',
    'ingest.archive_ambiguous',
    inTar(
      fc
        .tuple(path, fc.constantFrom('1', '2', '5', '6'), fc.integer({ min: 1, max: 4096 }))
        .map(([name, type, bytes]) => Buffer.concat([tarHeader({ name, type, bytes }), padded(Buffer.alloc(bytes, 0x41))])),
    ),
  ),
  refuses('file named as a folder', 'ingest.archive_ambiguous', inTar(path.map((name) => tarHeader({ name: `${name}/` })))),
  refuses(
    'size said twice',
    'ingest.archive_ambiguous',
    inTar(
      fc
        .tuple(path, fc.integer({ min: 1, max: 2000 }))
        .map(([name, bytes]) =>
          Buffer.concat([pax([paxRecord('size', String(bytes))], tarHeader({ name })), tarPiece({ name: 'hidden' })]),
        ),
    ),
  ),
  refuses(
    'path said twice',
    'ingest.archive_ambiguous',
    inTar(fc.tuple(path, path).map(([a, b]) => pax([paxRecord('path', a), paxRecord('path', b)]))),
  ),
  refuses(
    'pax and GNU name',
    'ingest.archive_ambiguous',
    inTar(fc.tuple(path, path).map(([a, b]) => Buffer.concat([gnuLong(a), pax([paxRecord('path', b)])]))),
  ),
  refuses(
    'two GNU names',
    'ingest.archive_ambiguous',
    inTar(fc.tuple(path, path).map(([a, b]) => Buffer.concat([gnuLong(a), gnuLong(b), tarHeader({ name: 'short' })]))),
  ),
  refuses(
    'two pax headers',
    'ingest.archive_ambiguous',
    inTar(fc.tuple(path, path).map(([a, b]) => Buffer.concat([paxHeader([paxRecord('path', a)]), pax([paxRecord('path', b)])]))),
  ),
  refuses(
    'path for all',
    'ingest.archive_ambiguous',
    inTar(
      fc
        .tuple(path, fc.constantFrom('path', 'size'))
        .map(([name, key]) => Buffer.concat([paxHeader([paxRecord(key, key === 'size' ? '0' : name)], 'g'), tarHeader({ name })])),
    ),
  ),
  refuses('broken pax record', 'ingest.archive_header_invalid', inTar(brokenRecord.map((record) => pax([Buffer.from(record)])))),
  refuses(
    'pax size that is none',
    'ingest.archive_header_invalid',
    inTar(fc.constantFrom('-1', '1e3', '', ' 1', '9'.repeat(20)).map((size) => pax([paxRecord('size', size)]))),
  ),
  refuses('empty pax path', 'ingest.archive_header_invalid', inTar(fc.constant(pax([paxRecord('path', '')])))),
  refuses(
    'large pax header',
    'ingest.archive_header_too_large',
    inTar(fc.integer({ min: 65_537, max: 200_000 }).map((bytes) => pax([paxRecord('comment', 'A'.repeat(bytes))]))),
  ),
  refuses(
    'large GNU name',
    'ingest.archive_header_too_large',
    inTar(fc.integer({ min: 65_537, max: 200_000 }).map((bytes) => Buffer.concat([gnuLong('a'.repeat(bytes)), tarHeader({ name: 'a' })]))),
  ),
  refuses(
    'headers without an entry',
    'ingest.archive_header_too_large',
    inTar(fc.integer({ min: 9, max: 40 }).map((count) => Buffer.concat(Array.from({ length: count }, () => gnuLong('link', 'K'))))),
  ),
  refuses(
    'header before the end',
    'ingest.archive_truncated',
    fc
      .tuple(honest, path, anyFormat)
      .map(([tar, name, format]) => ({ format, bytes: packed(Buffer.concat([tar.subarray(0, -1024), gnuLong(name), tarEnd]), format) })),
  ),
  refuses(
    'something after the end',
    'ingest.archive_trailing_data',
    fc
      .tuple(honest, fc.oneof(honest, fc.constant(Buffer.from('more'))), anyFormat)
      .map(([tar, more, format]) => ({ format, bytes: packed(Buffer.concat([tar, more]), format) })),
  ),
  refuses(
    'something after one zero block',
    'ingest.archive_trailing_data',
    fc
      .tuple(honest, honest, anyFormat)
      .map(([tar, more, format]) => ({ format, bytes: packed(Buffer.concat([tar.subarray(0, -512), more]), format) })),
  ),
  refuses(
    'something after the compressed end',
    ['ingest.archive_corrupt', 'ingest.archive_trailing_data'],
    fc
      .tuple(honest, fc.uint8Array({ minLength: 10, maxLength: 50 }), fc.constantFrom('tar.gz' as const, 'tar.zst' as const))
      .map(([tar, more, format]) => ({ format, bytes: Buffer.concat([packed(tar, format), Buffer.from(more.map((byte) => byte | 1))]) })),
  ),
  refuses(
    'packed twice',
    'ingest.archive_nested_compression',
    fc
      .tuple(honest, fc.constantFrom('tar.gz' as const, 'tar.zst' as const), anyFormat)
      .map(([tar, inner, format]) => ({ format, bytes: packed(padded(Buffer.concat([packed(tar, inner), Buffer.alloc(512)])), format) })),
  ),
  refuses(
    'not what it says',
    ['ingest.archive_corrupt', 'ingest.archive_truncated'],
    fc
      .tuple(fc.uint8Array({ minLength: 20, maxLength: 2000 }), anyFormat)
      .map(([bytes, format]) => ({ format, bytes: Buffer.from(bytes.map((byte) => byte | 0x40)) })),
  ),
  refuses(
    'size with no bytes behind it',
    'ingest.archive_truncated',
    fc
      .tuple(path, fc.integer({ min: 2048, max: 99_000_000 }), anyFormat)
      .map(([name, bytes, format]) => ({ format, bytes: packed(Buffer.concat([tarHeader({ name, bytes }), Buffer.alloc(1024)]), format) })),
  ),
  refuses(
    'checksum of other signs',
    'ingest.archive_corrupt',
    inTar(
      path.map((name) => {
        const header = withChecksum(tarHeader({ name }));
        header.write('zzzzzz', 148, 'latin1');
        return header;
      }),
    ),
  ),
  refuses(
    'a damaged stream',
    ['ingest.archive_corrupt', 'ingest.archive_truncated', 'ingest.archive_trailing_data'],
    fc.tuple(honest, fc.double({ min: 0.1, max: 0.95, noNaN: true })).map(([tar, share]) => {
      const bytes = gzipSync(tar);
      const at = 10 + Math.floor((bytes.byteLength - 10) * share); // behind the header, whose times and marks mean nothing
      bytes[at] = (bytes[at] ?? 0) ^ 0xff;
      return { format: 'tar.gz', bytes };
    }),
  ),
];
