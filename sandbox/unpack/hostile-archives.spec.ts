import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits, type ArchiveFormat } from '@lib/contract';
import { fc } from '../../tools/testing/seeded-fast-check.ts';
import { packed, tarEnd, tarHeader, tarOf, tarPiece } from './testing/build-tar.ts';
import { zipOf } from './testing/build-zip.ts';
import { body, path, type Archive, type Expectation, type Guard } from './testing/hostile-archive.ts';
import { pathGuards } from './testing/path-guards.ts';
import { tarGuards } from './testing/tar-guards.ts';
import { watchedFolder, type Unpacked, type WatchedFolder } from './testing/watched-folder.ts';
import { zipGuards } from './testing/zip-guards.ts';

const archivesEach = Number(process.env['AEGIS_ARCHIVES_EACH'] ?? 20); // of each guard

let folder: WatchedFolder;
let archives = 0;
beforeAll(() => {
  folder = watchedFolder();
});
afterAll(() => folder.remove());

const unpack = (archive: Archive, bounds = {}): Promise<Unpacked> => {
  archives += 1;
  return folder.unpack(archive, bounds);
};

function check({ messages, refused, manifest }: Unpacked, expected: Expectation): void {
  if ('refused' in expected) {
    expect(expected.refused).toContain(refused?.code ?? 'sealed');
    expect(messages).toHaveLength(1);
    return;
  }
  expect(refused).toBeUndefined();
  expect(manifest).toBeDefined();
  const { listed: reason, detail } = expected;
  const entries = messages.flatMap((message) => (message.type === 'coverage' ? [message.entry] : []));
  expect(entries).toContainEqual(expect.objectContaining({ reason, ...(detail === undefined ? {} : { detail }) }));
}

describe.each<readonly [string, readonly Guard[]]>([
  ['names', pathGuards],
  ['tar', tarGuards],
  ['zip', zipGuards],
])('guards over %s: nothing is written outside, and each archive ends with its code', (_, guards) => {
  it.each(guards.map((guard) => [guard.name, guard] as const))('%s', async (_name, guard) => {
    await fc.assert(
      fc.asyncProperty(guard.archives, async (archive) => check(await unpack(archive), guard.expected)),
      { numRuns: archivesEach },
    );
  });
});

describe('bounds', () => {
  const files = (count: number, bytes = 1): readonly { readonly name: string; readonly body: Buffer }[] =>
    Array.from({ length: count }, (_, at) => ({ name: `a/${String(at)}`, body: Buffer.alloc(bytes, at) }));
  const inFolders = (count: number): ReturnType<typeof files> =>
    Array.from({ length: count }, (_, at) => ({ name: `a/${String(at)}/b/c/d`, body: Buffer.alloc(1, at) }));
  const bounded: readonly (readonly [
    string,
    string,
    Parameters<WatchedFolder['unpack']>[1],
    (count: number) => ReturnType<typeof files>,
  ])[] = [
    ['entries', 'ingest.archive_too_many_entries', { archiveEntriesMax: 20 }, (count) => files(20 + count)],
    ['folders', 'ingest.archive_too_many_entries', { archiveFoldersMax: 20 }, (count) => inFolders(7 + count)],
    ['width', 'ingest.archive_folder_too_wide', { archiveFolderWidthMax: 20 }, (count) => files(20 + count)],
    ['entry', 'ingest.archive_entry_too_large', { archiveEntryBytesMax: 400 }, (count) => files(3, 400 + count)],
    ['tree', 'ingest.archive_unpacked_too_large', { treeBytesMax: 1000 }, (count) => files(11, 100 + count)],
    ['names', 'ingest.archive_too_many_entries', { manifestBytesMax: 60 }, (count) => files(20 + count)],
    ['archive', 'ingest.archive_too_large', {}, (count) => files(2 + count)],
  ];

  it.each(bounded)('%s', async (...[name, code, bounds, make]) => {
    const formats = fc.constantFrom<ArchiveFormat>('tar', 'tar.gz', 'tar.zst', 'zip');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), formats, async (count, format) => {
        const bytes = format === 'zip' ? zipOf(make(count)) : packed(tarOf(make(count)), format);
        const more = name === 'archive' ? { archiveBytesMax: bytes.byteLength - 1 } : bounds;
        expect((await unpack({ format, bytes }, more)).refused?.code).toBe(code);
      }),
      { numRuns: archivesEach },
    );
  });

  it('a_file_that_is_too_large_to_store_costs_itself_and_is_never_held', async () => {
    const large = { name: 'large', body: Buffer.alloc(5000, 1) };
    for (const format of ['tar', 'zip'] as const) {
      const bytes = format === 'zip' ? zipOf([large, { name: 'small', body: 'x' }]) : tarOf([large, { name: 'small', body: 'x' }]);
      const { manifest, messages } = await unpack({ format, bytes }, { storedFileBytesMax: 4999 });
      expect(manifest?.files.map((file) => file.path)).toEqual(['small']);
      expect(messages).toContainEqual({ type: 'coverage', entry: { path: 'large', reason: 'too_large' } });
    }
  });

  it.each(['tar.gz', 'tar.zst'] as const)('a_%s_that_expands_too_far_is_left_once_that_is_known', async (format) => {
    const far = Buffer.concat([
      ...Array.from({ length: 4 }, (_, at) => tarPiece({ name: String(at), body: Buffer.alloc(6 << 20) })),
      tarEnd,
    ]);
    expect((await unpack({ format, bytes: packed(far, format) })).refused?.code).toBe('ingest.archive_expands_too_far');
  });
});

// Each of these is unpacked within five seconds, as every other: the last test says so.
describe('the limits of the product', () => {
  const many = Buffer.alloc((limits.archiveEntriesMax + 1) * 512);
  beforeAll(() => {
    for (let at = 0; at <= limits.archiveEntriesMax; at += 1) {
      tarHeader({ name: `${String(at >> 10)}/${String(at)}` }).copy(many, at * 512);
    }
  });

  it('200_000_entries_are_unpacked', async () => {
    const bytes = Buffer.concat([many.subarray(512), tarEnd]);
    expect((await unpack({ format: 'tar', bytes })).manifest?.files).toHaveLength(limits.archiveEntriesMax);
  });

  it('one_entry_more_is_refused', async () => {
    expect((await unpack({ format: 'tar', bytes: many })).refused?.code).toBe('ingest.archive_too_many_entries');
  });

  it('a_folder_of_20_001_is_refused', async () => {
    const headers = Array.from({ length: limits.archiveFolderWidthMax + 1 }, (_, at) => tarHeader({ name: `w/${String(at)}` }));
    expect((await unpack({ format: 'tar', bytes: Buffer.concat(headers) })).refused?.code).toBe('ingest.archive_folder_too_wide');
  });

  it('100_MiB_and_one_byte_in_one_file_are_refused_by_their_header', async () => {
    const tar = tarHeader({ name: 'z', bytes: limits.archiveEntryBytesMax + 1 });
    expect((await unpack({ format: 'tar', bytes: tar })).refused?.code).toBe('ingest.archive_entry_too_large');
  });
});

describe('anything at all', () => {
  const honest = fc.array(fc.tuple(path, body), { minLength: 1, maxLength: 5 });

  it.each(['tar', 'tar.gz', 'tar.zst', 'zip'] as const)('a_%s_with_random_bytes_in_random_places_is_sealed_or_refused', async (format) => {
    const spoils = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(honest, spoils, async (files, places) => {
        const pieces = files.map(([name, text], at) => ({ name: `${String(at)}/${name}`, body: text }));
        const bytes = format === 'zip' ? zipOf(pieces) : packed(tarOf(pieces), format);
        for (const [share, byte] of places) bytes[Math.floor(share * (bytes.byteLength - 1))] = byte;
        const { messages } = await unpack({ format, bytes });
        expect(['sealed', 'archive_refused']).toContain(messages.at(-1)?.type);
      }),
      { numRuns: archivesEach * 4 },
    );
  });

  it.each(['tar', 'tar.gz', 'tar.zst', 'zip'] as const)('random_bytes_are_no_%s', async (format) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (bytes) => {
        expect((await unpack({ format, bytes: Buffer.from(bytes) })).refused).toBeDefined();
      }),
      { numRuns: archivesEach },
    );
  });
});

describe('all of them', () => {
  it('were_at_least_2_000_archives_and_none_took_more_than_five_seconds', () => {
    process.stdout.write(`unpack: ${String(archives)} archives, the slowest in ${folder.slowestMs().toFixed(0)} ms\n`);
    expect(archives).toBeGreaterThanOrEqual(2_000);
    expect(folder.slowestMs()).toBeLessThanOrEqual(5_000);
  });
});
