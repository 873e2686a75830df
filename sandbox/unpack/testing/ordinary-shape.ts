import type { ArchiveFormat } from '@lib/contract';
import { fc } from '../../../tools/testing/seeded-fast-check.ts';
import { packed, paxHeader, paxRecord, tarEnd, tarPiece, type TarDialect } from './build-tar.ts';
import { zipDescriptor, zipOf, type ZipPiece } from './build-zip.ts';
import { crc32, deflateRawSync } from 'node:zlib';
import type { Piece } from './piece.ts';

/** An ordinary repository as its files, and how somebody packed it. */
export type Shape = { readonly format: ArchiveFormat; readonly bytes: Buffer; readonly files: ReadonlyMap<string, Buffer> };

const word = fc.constantFrom(
  'src',
  'lib',
  'test',
  'index',
  'main',
  'user',
  'order',
  'cart',
  'api',
  'util-x',
  'a1',
  'v2',
  'Button',
  'README',
  'core',
  'i18n',
);
const extension = fc.constantFrom(
  '.ts',
  '.tsx',
  '.js',
  '.json',
  '.md',
  '.py',
  '.go',
  '.yaml',
  '.css',
  '.snap',
  '',
  '.d.ts',
  '.tar.gz',
  '.min.js',
);
const content = fc.oneof(
  { weight: 6, arbitrary: fc.string({ maxLength: 300, unit: 'grapheme' }).map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.integer({ min: 500, max: 1025 }).map((size) => Buffer.alloc(size, 'x\n')) },
  { weight: 1, arbitrary: fc.constant(Buffer.alloc(0)) },
);

const plainFiles = fc
  .array(fc.tuple(fc.array(word, { maxLength: 4 }), word, extension), { minLength: 2, maxLength: 25 })
  .map((list) => list.map(([folders, name, suffix]) => [...folders.map((folder) => `${folder}.d`), `${name}${suffix}.f`].join('/')));

// What real repositories hold and careless guards refuse. Each is a list of paths that belong together.
const features: Readonly<Record<string, readonly string[]>> = {
  'names that differ in case': ['docs/Readme.md', 'docs/README.md', 'include/xt_DSCP.h', 'include/xt_dscp.h', 'Lib/a.js', 'lib/b.js'],
  'deep packages': [
    `${Array.from({ length: 14 }, (_, at) => `node_modules/package-${String(at)}`).join('/')}/index.js`,
    'node_modules/.bin/tsc',
    'node_modules/@scope/name/package.json',
  ],
  'unusual Unicode': [
    'docs/größe.md',
    'docs/日本語/ファイル.md',
    'emoji/👩‍👩‍👧‍👦.txt',
    'rtl/שלום.txt',
    'rtl/مرحبا.txt',
    'combining/e\u0301tude.txt',
    'i18n/İstanbul.json',
    'zwj/क्‍ष.txt',
    'hangul/각.txt',
  ],
  'composed and decomposed': ['nfc/caf\u00e9.txt', 'nfc/cafe\u0301.txt'],
  'git files': [
    '.gitignore',
    '.gitattributes',
    '.gitmodules',
    '.github/workflows/ci.yml',
    '.gitkeep',
    'digit',
    'legit/git',
    'git/config',
    'HEAD',
    'refs/heads/main',
    'hooks/post-checkout',
  ],
  'dots and dashes': [
    '...',
    '..a',
    'a..b',
    '.env.example',
    '-rf',
    '--help',
    '~',
    'a~',
    '#x#',
    '.a.swp',
    '_',
    '$x',
    '%2e%2e',
    'a=b',
    'a,b;c',
    "it's",
    '(1)',
    '[id].tsx',
    '{a}',
    '@types/x.d.ts',
    '+page.svelte',
    'a&b',
  ],
  spaces: ['My Documents/a file.txt', ' leading', 'two  spaces'],
  'names for other systems': [
    'src/aux.c',
    'con',
    'lib/Foo::Bar.3pm',
    'units/system-x\\x2d.slice',
    'Icon\r',
    'what?.md',
    'star*.txt',
    'PROGRA~1',
    'end.',
  ],
  'long names': [
    `${'long-'.repeat(40)}name.java`,
    `${Array.from({ length: 20 }, (_, at) => `package${String(at)}`).join('/')}/${'Very'.repeat(20)}Factory.java`,
  ],
  'deep folders': [`${Array.from({ length: 60 }, () => 'd').join('/')}/f`],
  'names like archives': ['PK', 'BZh91AY', 'ustar', 'fixtures/a.zip', 'fixtures/a.tar.gz'],
};

const tree = fc
  .tuple(
    plainFiles,
    fc.subarray(Object.keys(features), { minLength: 1, maxLength: 5 }),
    fc.array(content, { minLength: 13, maxLength: 30 }),
  )
  .map(([plain, names, contents]) => {
    const paths = new Set([...plain, ...names.flatMap((name) => features[name] ?? [])]);
    const files = new Map<string, Buffer>();
    for (const [at, path] of [...paths].entries()) files.set(path, contents[at % contents.length] ?? Buffer.alloc(0));
    return files;
  });

type Packing = {
  readonly format: ArchiveFormat;
  readonly dialect: TarDialect;
  readonly prefix: string;
  readonly folders: boolean;
  readonly extras: boolean;
  readonly streamed: boolean;
};

const packing: fc.Arbitrary<Packing> = fc.record({
  format: fc.constantFrom<ArchiveFormat>('tar', 'tar.gz', 'tar.gz', 'tar.zst', 'zip', 'zip'),
  dialect: fc.constantFrom<TarDialect>('pax', 'gnu'),
  prefix: fc.constantFrom('', './', 'shop-1.2.3/', 'octo-shop-0a1b2c3/'),
  folders: fc.boolean(),
  extras: fc.boolean(),
  streamed: fc.boolean(),
});

/** Ordinary repositories, packed the ways in which people and git hosts pack them. */
export const ordinaryShape: fc.Arbitrary<Shape> = fc.tuple(tree, packing).map(([files, how]) => {
  const bytes = how.format === 'zip' ? zipOf(zipPieces(files, how)) : packed(tarBytes(files, how), how.format);
  return { format: how.format, bytes, files };
});

// A folder of its own for each file's way, an empty one, and one that is said twice.
function folderNames(files: ReadonlyMap<string, Buffer>, { prefix, folders }: Packing): readonly string[] {
  if (!folders) return [];
  const names = new Set<string>(prefix === '' ? [] : [prefix]);
  for (const path of files.keys()) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) names.add(`${prefix}${parts.slice(0, depth).join('/')}/`);
  }
  return [...names, `${prefix}empty-folder/`];
}

function tarBytes(files: ReadonlyMap<string, Buffer>, how: Packing): Buffer {
  const pieces: Piece[] = folderNames(files, how).map((name) => ({ name, kind: 'folder' }));
  for (const [path, body] of files) pieces.push({ name: how.prefix + path, body });
  const written = pieces.map((piece) => [
    ...(how.extras && how.dialect === 'pax' && Buffer.byteLength(piece.name) <= 100
      ? [paxHeader([paxRecord('mtime', '1700000000.123'), paxRecord('SCHILY.xattr.user.x', Buffer.from([0, 1, 2]))])]
      : []),
    tarPiece(piece, how.dialect),
  ]);
  const commit = how.extras ? [paxHeader([paxRecord('comment', 'a'.repeat(40))], 'g')] : [];
  const link = how.extras ? [tarPiece({ name: `${how.prefix}link-to-readme`, kind: 'symlink', link: 'README.md' }, how.dialect)] : [];
  return Buffer.concat([...commit, ...written.flat(), ...link, tarEnd, Buffer.alloc(how.extras ? 9216 : 0)]);
}

function zipPieces(files: ReadonlyMap<string, Buffer>, how: Packing): readonly ZipPiece[] {
  const prefix = how.prefix === './' ? '' : how.prefix;
  const folders: readonly ZipPiece[] = folderNames(files, { ...how, prefix }).map((name) => ({ name, kind: 'folder' }));
  return [...folders, ...Array.from(files, ([path, body]): ZipPiece => zipFile(prefix + path, body, how))];
}

function zipFile(name: string, body: Buffer, { streamed, extras }: Packing): ZipPiece {
  const mode = extras ? 0o100755 : 0o100644;
  if (!streamed) return { name, body, mode, ...(extras ? { method: 0 } : {}) };
  const packedBody = deflateRawSync(body);
  const after = zipDescriptor(crc32(body), packedBody.byteLength, body.byteLength);
  return { name, body, mode, method: 8, packedBody, flags: 0x808, local: { crc: 0, bytes: 0, packedBytes: 0 }, after };
}
