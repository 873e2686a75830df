import { describe, expect, it } from 'vitest';
import { said } from './inventory.spec-support.ts';

describe('package-lock.json', () => {
  it('versions_2_and_3_are_read_with_the_nearest_copy_of_each_package', () => {
    const lock = `{
 "lockfileVersion": 3,
 "packages": {
  "": { "dependencies": { "a": "^1" }, "devDependencies": { "t": "^3" }, "workspaces": ["apps/*"] },
  "apps/web": { "name": "web", "dependencies": { "c": "1" } },
  "node_modules/web": { "resolved": "apps/web", "link": true },
  "node_modules/a": { "version": "1.0.0", "dependencies": { "b": "^2" } },
  "node_modules/a/node_modules/b": { "version": "2.1.0" },
  "node_modules/b": { "version": "1.9.0" },
  "node_modules/c": { "version": "1.0.0" },
  "node_modules/@s/n": { "name": "@other/real", "version": "4.0.0" },
  "node_modules/t": { "version": "3.0.0", "dev": true, "dependencies": { "b": "^1" } }
 }
}`;
    expect(said({ 'package-lock.json': lock })).toEqual([
      'a 1.0.0 :7 direct',
      'b 2.1.0 :8 a>b',
      'b 1.9.0 :9 t>b dev',
      'c 1.0.0 :10 direct',
      '@other/real 4.0.0 :11 ',
      't 3.0.0 :12 direct dev',
    ]);
  });

  it('version_1_is_a_tree_and_the_manifest_beside_it_says_what_was_asked_for', () => {
    const lock = `{
 "lockfileVersion": 1,
 "dependencies": {
  "a": { "version": "1.0.0", "requires": { "b": "^2", "@s/c": "1" }, "dependencies": {
   "b": { "version": "2.0.0" } } },
  "b": { "version": "1.0.0", "dev": true },
  "@s/c": { "version": "npm:@t/d@3.0.0" }
 }
}`;
    expect(said({ 'x/package-lock.json': lock, 'x/package.json': '{"dependencies":{"a":"1"},"devDependencies":{"b":"1"}}' })).toEqual([
      'a 1.0.0 :4 direct',
      'b 2.0.0 :5 a>b',
      'b 1.0.0 :6 direct dev',
      '@t/d 3.0.0 :7 a>@t/d',
    ]);
    expect(said({ 'package-lock.json': lock })[0]).toBe('a 1.0.0 :4 ?');
  });

  it('a_key_called___proto___is_a_package_like_any_other', () => {
    expect(said({ 'package-lock.json': '{"packages":{"node_modules/__proto__":{"version":"1.0.0"}}}' })).toEqual(['__proto__ 1.0.0 :1 ']);
  });

  it('text_that_is_cut_off_is_refused', () => {
    expect(said({ 'package-lock.json': '{"packages":{"node_modules/a":{"version":"1.0.0"}' })).toEqual([
      'syntax_error: not a package-lock file',
    ]);
    expect(said({ 'package-lock.json': '{"packages":{},}' })).toEqual(['syntax_error: not a package-lock file']);
  });
});

describe('yarn.lock', () => {
  const manifest = '{"dependencies":{"a":"^1.0.0"},"devDependencies":{"@s/t":"~2.0.0"}}';

  it('version_1_is_read', () => {
    const lock = `# yarn lockfile v1

"@s/t@~2.0.0":
  version "2.0.1"
  resolved "https://registry.yarnpkg.com/@s/t/-/t-2.0.1.tgz#a"
  dependencies:
    b "^3.0.0"

a@^1.0.0, a@^1.1.0:
  version "1.1.0"
  dependencies:
    b "^2.0.0"

b@^2.0.0:
  version "2.5.0"

b@^3.0.0:
  version "3.0.0"

"c@npm:d@1.0.0":
  version "1.0.0"
`;
    expect(said({ 'yarn.lock': lock, 'package.json': manifest })).toEqual([
      '@s/t 2.0.1 :3 direct dev',
      'a 1.1.0 :9 direct',
      'b 2.5.0 :14 a>b',
      'b 3.0.0 :17 @s/t>b dev',
      'd 1.0.0 :20 ',
    ]);
  });

  it('berry_is_read_and_folders_of_the_project_are_no_packages', () => {
    const lock = `__metadata:
  version: 8
  cacheKey: 10

"@s/t@npm:~2.0.0":
  version: 2.0.1
  resolution: "@s/t@npm:2.0.1"
  checksum: 10/abc
  languageName: node
  linkType: hard

"a@npm:^1.0.0, a@npm:^1.1.0":
  version: 1.1.0
  resolution: "a@npm:1.1.0"
  dependencies:
    b: "npm:^2.0.0"
  languageName: node
  linkType: hard

"b@npm:^2.0.0":
  version: 2.5.0
  resolution: "b@npm:2.5.0"
  linkType: hard

"b@patch:b@npm%3A2.5.0#./b.patch":
  version: 2.5.0
  resolution: "b@patch:b@npm%3A2.5.0#./b.patch::version=2.5.0&hash=1"
  linkType: hard

"root@workspace:.":
  version: 0.0.0-use.local
  resolution: "root@workspace:."
  dependencies:
    "@s/t": "npm:~2.0.0"
    a: "npm:^1.0.0"
  languageName: unknown
  linkType: soft
`;
    expect(said({ 'yarn.lock': lock, 'package.json': manifest })).toEqual([
      '@s/t 2.0.1 :5 direct dev',
      'a 1.1.0 :12 direct',
      'b 2.5.0 :20 a>b',
      'b 2.5.0 :25 ',
    ]);
  });

  it('marks_of_a_merge_conflict_are_an_error', () => {
    expect(said({ 'yarn.lock': 'a@1:\n<<<<<<< HEAD\n  version "1.0.0"\n=======\n  version "1.0.1"\n>>>>>>> other\n' })).toEqual([
      'syntax_error: not a yarn.lock',
    ]);
  });
});

describe('pnpm-lock.yaml', () => {
  it.each([
    [
      '5.4',
      `lockfileVersion: 5.4

specifiers:
  a: ^1.0.0

dependencies:
  a: 1.0.0_b@2.0.0

devDependencies:
  '@s/t': 3.0.0

packages:

  /@s/t/3.0.0:
    resolution: {integrity: sha512-a}
    dev: true

  /a/1.0.0_b@2.0.0:
    resolution: {integrity: sha512-a}
    dependencies:
      b: 2.0.0
    dev: false

  /b/2.0.0:
    resolution: {integrity: sha512-a}
    dev: false
`,
    ],
    [
      '6.0',
      `lockfileVersion: '6.0'

dependencies:
  a:
    specifier: ^1.0.0
    version: 1.0.0(b@2.0.0)

devDependencies:
  '@s/t':
    specifier: ^3.0.0
    version: 3.0.0

packages:

  /@s/t@3.0.0:
    resolution: {integrity: sha512-a}
    dev: true

  /a@1.0.0(b@2.0.0):
    resolution: {integrity: sha512-a}
    dependencies:
      b: 2.0.0
    dev: false

  /b@2.0.0:
    resolution: {integrity: sha512-a}
    deprecated: |-
      Use c: it is better
      and newer
    dev: false
`,
    ],
    [
      '9.0',
      `lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      a:
        specifier: ^1.0.0
        version: 1.0.0(b@2.0.0)
      own:
        specifier: workspace:*
        version: link:packages/own

  packages/own:
    devDependencies:
      '@s/t':
        specifier: ^3.0.0
        version: 3.0.0

packages:

  '@s/t@3.0.0':
    resolution: {integrity: sha512-a}

  a@1.0.0:
    resolution: {integrity: sha512-a}
    peerDependencies:
      b: '*'

  b@2.0.0:
    resolution: {integrity: sha512-a}

snapshots:

  '@s/t@3.0.0': {}

  a@1.0.0(b@2.0.0):
    dependencies:
      b: 2.0.0

  b@2.0.0: {}
`,
    ],
  ])('version %s is read', (_, lock) => {
    const packages = said({ 'pnpm-lock.yaml': lock }).map((line) => line.replace(/ :\d+/u, ''));
    expect(packages.toSorted()).toEqual(['@s/t 3.0.0 direct dev', 'a 1.0.0 direct', 'b 2.0.0 a>b']);
  });
});

describe('bun.lock', () => {
  it('is_read_with_its_trailing_commas', () => {
    const lock = `{
  "lockfileVersion": 1,
  "workspaces": {
    "": { "name": "x", "dependencies": { "a": "^1.0.0", }, "devDependencies": { "t": "1", }, },
  },
  "packages": {
    // places
    "a": ["a@1.0.0", "", { "dependencies": { "b": "^2.0.0" } }, "sha512-a"],
    "b": ["b@1.0.0", "", {}, "sha512-a"],
    "t": ["t@1.0.0", "", { "dependencies": { "b": "^1.0.0" } }, "sha512-a"],
    "a/b": ["b@2.0.0", "", {}, "sha512-a"],
    "own": ["own@workspace:packages/own"],
  }
}`;
    expect(said({ 'bun.lock': lock })).toEqual(['a 1.0.0 :8 direct', 'b 1.0.0 :9 t>b dev', 't 1.0.0 :10 direct dev', 'b 2.0.0 :11 a>b']);
  });
});

describe('package.json', () => {
  const manifest = '{\n "dependencies": {\n  "a": "1.0.0",\n  "b": "^2.0.0" }\n}';

  it('without_a_lock_file_gives_what_it_pins_and_says_what_it_does_not', () => {
    expect(said({ 'package.json': manifest })).toEqual(['a 1.0.0 :3 direct', 'unresolved :4 b ^2.0.0']);
  });

  it('with_a_lock_file_beside_or_above_it_gives_nothing', () => {
    expect(said({ 'apps/web/package.json': manifest, 'pnpm-lock.yaml': '' })).toEqual([]);
  });
});
