import { describe, expect, it } from 'vitest';
import type { CodeUse } from '@lib/engine/sdk';
import { analyzeFiles } from '../analyze-files.spec-support.ts';

async function usesIn(files: Readonly<Record<string, string>>): Promise<readonly CodeUse[]> {
  return (await analyzeFiles(files)).codeUses;
}

async function said(files: Readonly<Record<string, string>>, specifier: string): Promise<readonly string[]> {
  const uses = await usesIn(files);
  return uses.flatMap(({ path, modules }) =>
    modules
      .filter((module) => module.specifier === specifier)
      .flatMap(({ imported, called, members, escapes }) => [
        ...(imported === undefined ? [] : [`${path}:${imported} imports`]),
        ...(called === undefined ? [] : [`${path}:${called} calls`]),
        ...members.map(({ name, line }) => `${path}:${line} ${name}`),
        ...escapes.map((name) => `${path} lets ${name === '' ? 'it' : name} go`),
      ]),
  );
}

describe('codeUses', () => {
  it.each([
    ["import _ from 'lodash';\n_.template('x');", ['a.ts:2 imports', 'a.ts:2 calls', 'a.ts:2 template']],
    ["import * as _ from 'lodash';\n_.template('x');", ['a.ts:2 imports', 'a.ts:2 calls', 'a.ts:2 template']],
    ["const { template: t } = require('lodash');\nt('x');", ['a.ts:1 imports', 'a.ts:2 calls', 'a.ts:1 template']],
    ["import { merge } from 'lodash';\nmerge({}, {});", ['a.ts:2 imports', 'a.ts:2 calls', 'a.ts:2 merge']],
    [
      "import _ from 'lodash';\nexport function f() {\n  return () => {\n    _.set({}, 'a', 1);\n  };\n}",
      ['a.ts:4 imports', 'a.ts:4 calls', 'a.ts:4 set'],
    ],
    [
      "export async function f() {\n  const _ = await import('lodash');\n  _.pick({}, 'a');\n}",
      ['a.ts:2 imports', 'a.ts:3 calls', 'a.ts:3 pick'],
    ],
    ["import _ from 'lodash';", []],
    ["require('lodash');", ['a.ts:1 imports']],
  ])('%s', async (text, expected) => {
    expect(await said({ 'a.ts': text }, 'lodash')).toEqual(expected);
  });

  it.each([
    ['a value under a computed name', "import _ from 'lodash';\nexport const f = (name: string) => _[name]();"],
    ['an argument of something that is not seen', "import _ from 'lodash';\nimport wrap from 'wrap';\nwrap(_);"],
    ['a list', "import _ from 'lodash';\nexport const all = [_];"],
    ['a copy', "import _ from 'lodash';\nexport const mine = { ..._ };\nexport const run = (name: string) => mine[name]();"],
  ])('a_module_that_goes_where_nobody_follows_is_said_to: %s', async (_what, text) => {
    expect((await said({ 'a.ts': text }, 'lodash')).some((line) => line.endsWith('lets it go'))).toBe(true);
  });

  it('a_file_that_hands_a_package_on_is_followed', async () => {
    const wrapper = "module.exports = require('lodash');";
    const used = "const _ = require('./wrapper');\n_.template('x');";
    expect(await said({ 'a.js': used, 'wrapper.js': wrapper }, 'lodash')).toEqual([
      'a.js:2 calls',
      'a.js:2 template',
      'wrapper.js:1 imports',
    ]);
    const named = "import { tools } from './wrapper';\ntools.merge({}, {});";
    const offers = "import _ from 'lodash';\nexport const tools = _;";
    expect(await said({ 'a.ts': named, 'wrapper.ts': offers }, 'lodash')).toEqual(['a.ts:2 calls', 'a.ts:2 merge', 'wrapper.ts:2 imports']);
    const all = { 'a.ts': "import { set } from './all';\nset({}, 'a', 1);", 'all.ts': "export * from 'lodash';" };
    expect(await said(all, 'lodash')).toEqual(['a.ts:2 calls', 'a.ts:2 set', 'all.ts:1 imports']);
  });

  it('a_function_that_is_given_a_package_and_one_that_gives_it_are_followed', async () => {
    const given = "import _ from 'lodash';\nfunction f(l: typeof _) {\n  return l.template('x');\n}\nf(_);";
    expect(await said({ 'a.ts': given }, 'lodash')).toContain('a.ts:3 template');
    const gives = "import _ from 'lodash';\nfunction f() {\n  return _;\n}\nf().template('x');";
    expect(await said({ 'a.ts': gives }, 'lodash')).toContain('a.ts:5 template');
  });

  it('a_member_of_an_object_that_holds_a_package_is_followed', async () => {
    const text =
      "import _ from 'lodash';\nclass A {\n  tools = _;\n  run() {\n    return this.tools.template('x');\n  }\n}\nnew A().run();";
    expect(await said({ 'a.ts': text }, 'lodash')).toContain('a.ts:5 template');
  });

  it('python_is_followed_as_well', async () => {
    const text =
      'import yaml\nfrom PIL import Image\n\ndef f(path):\n    with open(path) as given:\n        yaml.load(given)\n    return Image.open(path)\n';
    expect(await said({ 'a.py': text }, 'yaml')).toEqual(['a.py:1 imports', 'a.py:6 calls', 'a.py:6 load']);
    expect(await said({ 'a.py': text }, 'PIL')).toEqual([
      'a.py:2 imports',
      'a.py:7 calls',
      'a.py:2 Image',
      'a.py:7 Image.open',
      'a.py lets Image.open go',
    ]);
    expect(await said({ 'a.py': 'import yaml\ngetattr(yaml, name)(x)\n' }, 'yaml')).toContain('a.py lets it go');
  });

  it('as_many_imports_as_a_file_can_hold_are_followed_within_the_work_of_its_length', async () => {
    const text = Array.from({ length: 30_000 }, (_, at) => `let a${String(at)} = require('p${String(at % 50)}');`).join('\n');
    const before = process.cpuUsage();
    const [use] = await usesIn({ 'a.js': `${text}\nfunction f() { a1 = a2; a3(); }` });
    const { user } = process.cpuUsage(before);
    expect(use?.modules.length ?? 0).toBeGreaterThan(0);
    expect(user / 1_000_000).toBeLessThan(60); // a few seconds; every import with every variable would take minutes
  });

  it('a_file_that_was_not_analysed_to_its_end_is_not_whole', async () => {
    const whole = await usesIn({ 'a.ts': "import _ from 'lodash';" });
    expect(whole.map((use) => use.whole)).toEqual([true]);
    const members = Array.from({ length: 600 }, (_, at) => `_.m${String(at)}();`).join('\n');
    const many = await usesIn({ 'a.ts': `import _ from 'lodash';\n${members}` });
    expect(many.map((use) => use.whole)).toEqual([false]);
  });
});
