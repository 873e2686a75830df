import type { ArchiveDropCode, ArchiveFormat, ArchiveHazardCode, ArchiveRefusalCode, CoverageReason } from '@lib/contract';
import { fc } from '../../../tools/testing/seeded-fast-check.ts';
import { packed, tarEnd, tarPiece, type TarDialect } from './build-tar.ts';
import { zipOf, type ZipPiece } from './build-zip.ts';
import type { Piece } from './piece.ts';

/** An archive ready to be unpacked. */
export type Archive = { readonly format: ArchiveFormat; readonly bytes: Buffer };

/** What a guard has to say: the archive is refused with one of these codes, or sealed with this in its coverage. */
export type Expectation =
  | { readonly refused: readonly ArchiveRefusalCode[] }
  | { readonly listed: CoverageReason; readonly detail?: ArchiveDropCode | ArchiveHazardCode };

/** One guard of the list with a generator of archives that it is for. */
export type Guard = { readonly name: string; readonly expected: Expectation; readonly archives: fc.Arbitrary<Archive> };

/** A guard that refuses. */
export function refuses(name: string, codes: ArchiveRefusalCode | readonly ArchiveRefusalCode[], archives: fc.Arbitrary<Archive>): Guard {
  return { name, expected: { refused: typeof codes === 'string' ? [codes] : codes }, archives };
}

/** An ordinary name of one segment. */
export const segment = fc.stringMatching(/^[a-z][a-z0-9_-]{0,9}$/u).filter((name) => !/^(?:con|prn|aux|nul|com\d|lpt\d|git)$/u.test(name));

/** An ordinary path of a few segments. */
export const path = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));

/** A little of anything. */
export const body = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));

const tarFormat = fc.constantFrom<'tar' | 'tar.gz' | 'tar.zst'>('tar', 'tar.gz', 'tar.gz', 'tar.zst');
const dialect = fc.constantFrom<TarDialect>('pax', 'gnu');

// Neighbours in folders of their own, so that they never clash with what is under test.
const neighbours = fc
  .array(fc.tuple(path, body), { maxLength: 3 })
  .map((files) => files.map(([name, text], at): Piece => ({ name: `neighbour-${String(at)}/${name}`, body: text })));

/** A tar of blocks that are given as they are, between honest neighbours, in any compression. */
export function inTar(blocks: fc.Arbitrary<Buffer>): fc.Arbitrary<Archive> {
  return fc.tuple(neighbours, blocks, tarFormat).map(([others, block, format]) => {
    const before = others.slice(0, 2).map((piece) => tarPiece(piece));
    const after = others.slice(2).map((piece) => tarPiece(piece));
    return { format, bytes: packed(Buffer.concat([...before, block, ...after, tarEnd]), format) };
  });
}

/** A zip of entries, between honest neighbours. */
export function inZip(pieces: fc.Arbitrary<readonly ZipPiece[]>): fc.Arbitrary<Archive> {
  return fc
    .tuple(neighbours, pieces)
    .map(([others, hostile]) => ({ format: 'zip', bytes: zipOf([...others.slice(0, 2), ...hostile, ...others.slice(2)]) }));
}

/** The same entries in a tar of some dialect, or in a zip. */
export function inEither(pieces: fc.Arbitrary<readonly Piece[]>): fc.Arbitrary<Archive> {
  const tars = fc.tuple(pieces, dialect).map(([list, as]) => Buffer.concat(list.map((piece) => tarPiece(piece, as))));
  return fc.oneof({ weight: 2, arbitrary: inTar(tars) }, { weight: 1, arbitrary: inZip(pieces) });
}

/** One file of such a name, in a tar or in a zip. */
export function named(names: fc.Arbitrary<string | Buffer>): fc.Arbitrary<Archive> {
  return inEither(fc.tuple(names, body).map(([name, text]) => [{ name, body: text }]));
}
