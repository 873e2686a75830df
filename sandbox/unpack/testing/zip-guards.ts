import { crc32, deflateRawSync } from 'node:zlib';
import { fc } from '../../../tools/testing/seeded-fast-check.ts';
import { zipDescriptor, zipOf, type ZipEnd, type ZipPiece } from './build-zip.ts';
import { body, inZip, path, refuses, type Archive, type Guard } from './hostile-archive.ts';

const text = fc.uint8Array({ minLength: 50, maxLength: 600 }).map((bytes) => Buffer.from(bytes));
const one = (lie: (file: ZipPiece & { readonly name: string; readonly body: Buffer }) => ZipPiece): fc.Arbitrary<Archive> =>
  inZip(fc.tuple(path, text).map(([name, bytes]) => [lie({ name, body: bytes })]));
const whole = (lie: (files: readonly ZipPiece[], bytes: number) => { readonly files?: readonly ZipPiece[]; readonly end?: ZipEnd }) =>
  fc
    .tuple(fc.array(fc.tuple(path, text), { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 400 }))
    .map(([list, bytes]): Archive => {
      const files = list.map(([name, content], at) => ({ name: `${String(at)}/${name}`, body: content }));
      const lied = lie(files, bytes);
      return { format: 'zip', bytes: zipOf(lied.files ?? files, lied.end) };
    });

const unicodePath = (rawName: string, name: string): Buffer => {
  const field = Buffer.concat([Buffer.alloc(9), Buffer.from(name)]);
  field.writeUInt16LE(0x7075, 0);
  field.writeUInt16LE(field.byteLength - 4, 2);
  field.writeUInt8(1, 4);
  field.writeUInt32LE(crc32(rawName), 5);
  return field;
};

// The first entry's bytes are a whole entry of their own, which the directory lists too.
const quoted: fc.Arbitrary<Archive> = fc.tuple(path, text).map(([name, content]) => {
  const inner = zipOf([{ name: `in/${name}`, body: content, method: 0 }]).subarray(0, 30 + name.length + 3 + content.byteLength);
  const outer = { name: 'outer', body: inner, method: 0 };
  const listed = { name: `in/${name}`, body: content, method: 0, offset: 30 + 'outer'.length };
  const bytes = zipOf([outer, listed]);
  return { format: 'zip', bytes };
});

const overlapping = fc.tuple(path, text, fc.integer({ min: 2, max: 60 })).map(([name, content, count]): Archive => {
  const files = Array.from({ length: count }, (_, at) => ({ name: `${String(at)}/${name}`, body: content, offset: 0 }));
  return { format: 'zip', bytes: zipOf(files) };
});

const bomb = fc.tuple(path, fc.integer({ min: 40, max: 90 })).map(([name, count]): Archive => {
  const zeros = Buffer.alloc(1 << 20);
  const packedBody = deflateRawSync(zeros, { level: 9 });
  const files = Array.from({ length: count }, (_, at) => ({ name: `${String(at)}/${name}`, body: zeros, method: 8, packedBody }));
  return { format: 'zip', bytes: zipOf(files) };
});

/** Guards over the form of a zip. */
export const zipGuards: readonly Guard[] = [
  refuses(
    'encrypted',
    'ingest.archive_encrypted',
    fc.constantFrom(0x801, 0x841, 0x2800).chain((flags) => one((file) => ({ ...file, flags }))),
  ),
  refuses(
    'another method',
    'ingest.archive_method_unsupported',
    fc.constantFrom(1, 6, 9, 12, 14, 93, 95, 98, 99).chain((method) => one((file) => ({ ...file, method }))),
  ),
  refuses(
    'patch data',
    'ingest.archive_method_unsupported',
    one((file) => ({ ...file, flags: 0x820 })),
  ),
  refuses(
    'entry of another part',
    'ingest.archive_multi_part',
    one((file) => ({ ...file, disk: 1 })),
  ),
  refuses(
    'end of another part',
    'ingest.archive_multi_part',
    whole((_, bytes) => ({ end: { disk: bytes } })),
  ),
  refuses('overlapping entries', 'ingest.archive_overlapping_entries', overlapping),
  refuses('quoted overlap', ['ingest.archive_overlapping_entries', 'ingest.archive_hidden_data'], quoted),
  refuses(
    'other name outside',
    'ingest.archive_ambiguous',
    fc
      .tuple(path, fc.constantFrom('../../victim/passwd', '/etc/passwd', 'b'))
      .chain(([, name]) => one((file) => ({ ...file, local: { name } }))),
  ),
  refuses(
    'other size outside',
    'ingest.archive_ambiguous',
    one((file) => ({ ...file, local: { bytes: file.body.byteLength + 1 } })),
  ),
  refuses(
    'other packed size outside',
    'ingest.archive_ambiguous',
    one((file) => ({ ...file, local: { packedBytes: 3 } })),
  ),
  refuses(
    'other method outside',
    'ingest.archive_ambiguous',
    one((file) => ({ ...file, local: { method: 0 } })),
  ),
  refuses(
    'other flags outside',
    'ingest.archive_ambiguous',
    one((file) => ({ ...file, local: { flags: 0 } })),
  ),
  refuses(
    'other checksum outside',
    'ingest.archive_ambiguous',
    one((file) => ({ ...file, local: { crc: 1 } })),
  ),
  refuses(
    'wrong checksum',
    'ingest.archive_corrupt',
    one((file) => ({ ...file, crc: (crc32(file.body) ^ 1) >>> 0 })),
  ),
  refuses(
    'more than it says',
    'ingest.archive_corrupt',
    one((file) => ({ ...file, bytes: file.body.byteLength - 1 })),
  ),
  refuses(
    'less than it says',
    'ingest.archive_corrupt',
    one((file) => ({ ...file, bytes: file.body.byteLength + 1 })),
  ),
  refuses(
    'bytes behind the stream',
    'ingest.archive_corrupt',
    one((file) => ({ ...file, method: 8, packedBody: Buffer.concat([deflateRawSync(file.body), Buffer.from('hidden')]) })),
  ),
  refuses(
    'stored in another size',
    'ingest.archive_ambiguous',
    one((file) => ({ ...file, method: 0, bytes: file.body.byteLength + 9 })),
  ),
  refuses(
    'broken stream',
    'ingest.archive_corrupt',
    one((file) => ({ ...file, method: 8, packedBody: Buffer.alloc(40, 0xff) })),
  ),
  refuses(
    'lying descriptor',
    'ingest.archive_ambiguous',
    one((file) => ({
      ...file,
      flags: 0x808,
      local: { crc: 0, bytes: 0, packedBytes: 0 },
      after: zipDescriptor(crc32(file.body), 7, file.body.byteLength),
    })),
  ),
  refuses(
    'missing descriptor',
    'ingest.archive_ambiguous',
    one((file) => ({ ...file, flags: 0x808, local: { crc: 0, bytes: 0, packedBytes: 0 } })),
  ),
  refuses(
    'two Unicode names',
    'ingest.archive_ambiguous',
    one((file) => ({ ...file, flags: 0, extra: unicodePath(file.name, '../../victim/passwd') })),
  ),
  refuses(
    'extra field past its end',
    'ingest.archive_header_invalid',
    one((file) => ({ ...file, extra: Buffer.from([0x01, 0x00, 0xff, 0x00, 1, 2]) })),
  ),
  refuses(
    '64-bit size that is absent',
    'ingest.archive_header_invalid',
    one((file) => ({ ...file, bytes: 0xffffffff })),
  ),
  refuses(
    'entry past the directory',
    'ingest.archive_header_invalid',
    one((file) => ({ ...file, offset: 0x7fffffff })),
  ),
  refuses(
    'unlisted entry',
    'ingest.archive_hidden_data',
    whole((files) => ({ files: [{ name: 'hidden', body: 'x', unlisted: true }, ...files] })),
  ),
  refuses(
    'unlisted entry at the end',
    'ingest.archive_hidden_data',
    whole((files) => ({ files: [...files, { name: 'hidden', body: 'x', unlisted: true }] })),
  ),
  refuses(
    'bytes between entries',
    'ingest.archive_hidden_data',
    whole((files, bytes) => ({ files: [{ name: 'first', after: Buffer.alloc(bytes, 1) }, ...files] })),
  ),
  refuses(
    'bytes in front',
    'ingest.archive_hidden_data',
    whole((_, bytes) => ({ end: { before: Buffer.alloc(bytes, 0x90) } })),
  ),
  refuses(
    'bytes behind the directory',
    'ingest.archive_hidden_data',
    whole((_, bytes) => ({ end: { gap: Buffer.alloc(bytes, 1) } })),
  ),
  refuses(
    'count that is too small',
    'ingest.archive_ambiguous',
    whole((files) => ({ files: [...files, { name: 'x', body: 'x' }], end: { count: files.length } })),
  ),
  refuses(
    'count that is too large',
    'ingest.archive_header_invalid',
    whole((files) => ({ end: { count: files.length + 1 } })),
  ),
  refuses(
    '64-bit end that says otherwise',
    'ingest.archive_ambiguous',
    whole((files) => ({ end: { zip64: { count: files.length + 1 } } })),
  ),
  refuses(
    '64-bit end elsewhere',
    ['ingest.archive_ambiguous', 'ingest.archive_hidden_data'],
    whole((_, bytes) => ({ end: { zip64: { moved: bytes } } })),
  ),
  refuses(
    'two ends',
    'ingest.archive_ambiguous',
    whole((files) => ({ end: { comment: zipOf(files.slice(0, 1)).subarray(-22) } })),
  ),
  refuses('bomb', 'ingest.archive_expands_too_far', bomb),
  refuses(
    'FIFO by its mode',
    'ingest.archive_fifo',
    one((file) => ({ ...file, mode: 0o010644 })),
  ),
  refuses(
    'device by its mode',
    'ingest.archive_device',
    fc.constantFrom(0o020644, 0o060644).chain((mode) => one((file) => ({ ...file, mode }))),
  ),
  refuses(
    'socket by its mode',
    'ingest.archive_socket',
    one((file) => ({ ...file, mode: 0o140644 })),
  ),
  refuses(
    'file by mode, folder by name',
    'ingest.archive_ambiguous',
    one((file) => ({ ...file, name: `${file.name}/`, body: '', mode: 0o100644 })),
  ),
  refuses(
    'folder with bytes',
    'ingest.archive_ambiguous',
    one((file) => ({ ...file, name: `${file.name}/`, mode: 0o040755 })),
  ),
  refuses(
    'cut',
    ['ingest.archive_truncated', 'ingest.archive_ambiguous', 'ingest.archive_hidden_data', 'ingest.archive_header_invalid'],
    fc
      .tuple(fc.array(fc.tuple(path, body), { minLength: 1, maxLength: 4 }), fc.double({ min: 0, max: 0.999, noNaN: true }))
      .map(([list, share]): Archive => {
        const bytes = zipOf(list.map(([name, content], at) => ({ name: `${String(at)}/${name}`, body: content })));
        return { format: 'zip', bytes: bytes.subarray(0, Math.floor(bytes.byteLength * share)) };
      }),
  ),
];
