import { fc } from '../../../tools/testing/seeded-fast-check.ts';
import { body, inEither, inTar, inZip, named, path, refuses, segment, type Guard } from './hostile-archive.ts';
import { gnuLong, paxHeader, paxRecord, tarHeader, tarPiece } from './build-tar.ts';
import type { ArchiveHazardCode } from '@lib/contract';

const separator = fc.constantFrom('/', '\\');
const above = fc.constantFrom('victim/passwd', 'victim/hooks/post-checkout', 'jail/beside', 'etc/cron.d/evil');

const traversal = fc
  .tuple(fc.array(segment, { maxLength: 3 }), fc.integer({ min: 1, max: 6 }), above, separator)
  .map(([into, ups, victim, slash]) => [...into, ...Array.from({ length: ups }, () => '..'), ...victim.split('/')].join(slash));

const gitDisguise = fc.oneof(
  fc.constantFrom('.GIT', '.Git', '.gIt', '.giT', 'GIT~1', 'git~2', 'Git~12'),
  fc
    .tuple(fc.constantFrom('.git', '.GIT'), fc.constantFrom('.', ' ', '...', ' .', '::$INDEX_ALLOCATION', ':$DATA', ':x'))
    .map((two) => two.join('')),
  fc
    .tuple(fc.constantFrom('\u200c', '\u200d', '\ufeff', '\u202e', '\u2060', '\u00ad', '\u206a'), fc.integer({ min: 0, max: 4 }))
    .map(([mark, at]) => `${'.git'.slice(0, at)}${mark}${'.git'.slice(at)}`),
  fc.constantFrom('\uff0egit', '\uff0e\uff47\uff49\uff54', '.g\uff49t', '.\u24d6it'),
);

const between = (name: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(fc.array(segment, { maxLength: 2 }), name, path).map(([before, odd, after]) => [...before, odd, after].join('/'));

const nulInTar = fc.tuple(path, path, fc.constantFrom('pax', 'gnu')).map(([a, b, how]) => {
  const name = `${a}\0${b}`;
  return Buffer.concat([how === 'pax' ? paxHeader([paxRecord('path', name)]) : gnuLong(name), tarHeader({ name: 'short' })]);
});

const longPath = fc.array(fc.constant('d'.repeat(60)), { minLength: 18, maxLength: 40 }).map((parts) => parts.join('/'));
const longName = fc.tuple(segment, fc.integer({ min: 256, max: 700 })).map(([head, length]) => head.padEnd(length, 'n'));
const deepPath = fc.integer({ min: 65, max: 400 }).map((depth) => Array.from({ length: depth }, () => 'd').join('/'));
const notUtf8 = fc
  .tuple(path, fc.constantFrom([0xff], [0xc0, 0xae], [0xe0, 0x80, 0xaf], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0xc3]))
  .map(([name, bytes]) => Buffer.concat([Buffer.from(name), Buffer.from(bytes), Buffer.from('x')]));

const drops: readonly Guard[] = [
  { name: 'path not UTF-8', expected: { listed: 'path_refused', detail: 'ingest.archive_path_not_utf8' }, archives: named(notUtf8) },
  { name: 'path too long', expected: { listed: 'path_refused', detail: 'ingest.archive_path_too_long' }, archives: named(longPath) },
  { name: 'name too long', expected: { listed: 'path_refused', detail: 'ingest.archive_name_too_long' }, archives: named(longName) },
  { name: 'path too deep', expected: { listed: 'path_refused', detail: 'ingest.archive_path_too_deep' }, archives: named(deepPath) },
];

const hazard = (name: string, detail: ArchiveHazardCode, names: fc.Arbitrary<string>): Guard => ({
  name,
  expected: { listed: 'name_hazard', detail },
  archives: named(between(names)),
});

const hazards: readonly Guard[] = [
  hazard(
    'control character',
    'ingest.archive_name_control_character',
    fc.constantFrom('a\nb', 'Icon\r', '\u001b[31mred', 'a\tb', 'x\u007f', 'a\u202eb'),
  ),
  hazard('plain backslash', 'ingest.archive_name_backslash', fc.constantFrom('a\\b', 'system-x\\x2d.slice', 'a\\')),
  hazard(
    'Windows character',
    'ingest.archive_name_windows_character',
    fc.constantFrom('what?', 'a*b', 'std::vector', 'a|b', '"q"', '<t>', 'file.txt:stream'),
  ),
  hazard('trailing dot or space', 'ingest.archive_name_trailing_dot_or_space', fc.constantFrom('a.', 'a ', 'etc...', 'b .')),
  hazard(
    'reserved name',
    'ingest.archive_name_reserved',
    fc.constantFrom('con', 'aux.c', 'NUL', 'com1', 'Lpt9.txt', 'prn.tar.gz', 'COM\u00b9', 'conin$'),
  ),
  hazard('8.3 name', 'ingest.archive_name_short', fc.constantFrom('PROGRA~1', 'ABCDEF~2.TXT', 'README~1', 'A~9.C')),
];

const collision = fc.tuple(
  segment.filter((name) => /[a-z]/u.test(name)),
  fc.constantFrom(
    (name: string) => name.toUpperCase(),
    (name: string) => `${name}\u200d`,
    (name: string) => name.replace(/^./u, (first) => String.fromCodePoint((first.codePointAt(0) ?? 0) + 0xfee0)),
  ),
);
const foldedPairs = fc.oneof(
  collision.map(([name, turn]) => [name, turn(name)] as const),
  fc.constantFrom(
    ['caf\u00e9', 'cafe\u0301'] as const,
    ['stra\u00dfe', 'strasse'] as const,
    ['\u212bngstrom', '\u00c5ngstrom'] as const,
    ['\ufb01le', 'file'] as const,
  ),
);

const twoFiles = fc.tuple(segment, foldedPairs, fc.boolean()).map(([folder, [a, b], turned]) => {
  const names = turned ? [b, a] : [a, b];
  return names.map((name) => ({ name: `${folder}/${name}`, body: name }));
});

/** Guards over the names of entries. */
export const pathGuards: readonly Guard[] = [
  refuses(
    'absolute path',
    'ingest.archive_absolute_path',
    named(fc.tuple(fc.constantFrom('/', '//', '\\', '\\\\server\\share\\', '/./'), above).map((two) => two.join(''))),
  ),
  refuses('way up', 'ingest.archive_path_traversal', named(traversal)),
  refuses(
    'drive letter',
    'ingest.archive_drive_letter',
    named(fc.tuple(fc.constantFrom('C:', 'c:', './z:', 'C:\\', 'C:/'), path).map((two) => two.join(''))),
  ),
  refuses(
    'dot segment',
    'ingest.archive_path_malformed',
    named(fc.tuple(path, fc.constantFrom('/./', '//', '/.//'), path).map((three) => three.join(''))),
  ),
  refuses('name of dots', 'ingest.archive_path_malformed', named(path.map((name) => `${name}/.`))),
  refuses('NUL in a tar', 'ingest.archive_path_nul', inTar(nulInTar)),
  refuses('NUL in a zip', 'ingest.archive_path_nul', inZip(fc.tuple(path, path).map(([a, b]) => [{ name: `${a}\0${b}` }]))),
  refuses('.git in disguise', 'ingest.archive_git_disguised', named(between(gitDisguise))),
  refuses(
    'same path twice',
    'ingest.archive_duplicate_path',
    inEither(
      fc.tuple(path, body, body).map(([name, a, b]) => [
        { name, body: a },
        { name, body: b },
      ]),
    ),
  ),
  refuses(
    'file and link of one path',
    'ingest.archive_duplicate_path',
    inEither(
      fc.tuple(path, body).map(([name, text]) => [
        { name, kind: 'symlink', link: '/etc' },
        { name, body: text },
      ]),
    ),
  ),
  refuses(
    'file, then folder',
    'ingest.archive_path_clash',
    inEither(fc.tuple(path, path).map(([name, below]) => [{ name }, { name: `${name}/${below}` }])),
  ),
  refuses(
    'folder, then file',
    'ingest.archive_path_clash',
    inEither(fc.tuple(path, path).map(([name, below]) => [{ name: `${name}/${below}` }, { name }])),
  ),
  refuses(
    'write through a link',
    'ingest.archive_path_through_link',
    inEither(
      fc
        .tuple(path, path, fc.constantFrom('/etc', '../../..', '.', '..'))
        .map(([name, below, link]) => [{ name, kind: 'symlink', link }, { name: `${name}/${below}` }]),
    ),
  ),
  {
    name: 'a link alone',
    expected: { listed: 'symlink_dropped' },
    archives: inEither(
      fc
        .tuple(path, fc.constantFrom('/etc/passwd', '../../../victim/passwd', 'a', '.'))
        .map(([name, link]) => [{ name, kind: 'symlink', link }]),
    ),
  },
  {
    name: 'history',
    expected: { listed: 'left_out' },
    archives: named(
      fc
        .tuple(fc.constantFrom('.git', 'sub/.git', '.hg', '.svn'), fc.constantFrom('hooks/post-checkout', 'config', 'HEAD'))
        .map((two) => two.join('/')),
    ),
  },
  {
    name: 'names that meet where they are folded',
    expected: { listed: 'name_hazard', detail: 'ingest.archive_name_collision' },
    archives: inEither(twoFiles),
  },
  ...drops,
  ...hazards,
  refuses(
    'way up behind a long name',
    'ingest.archive_path_traversal',
    inTar(traversal.map((name) => tarPiece({ name: `${name}/${'x'.repeat(120)}` }, 'gnu'))),
  ),
];
