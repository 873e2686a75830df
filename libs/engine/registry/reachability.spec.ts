import { createHash } from 'node:crypto';
import { grammarNames, type FindingDraft } from '@lib/contract';
import { assert } from '@lib/kernel';
import type { Analyzer, CodeUse, LoadedAnalyzer, Tree } from '@lib/engine/sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import { sourceAssets } from '../../../tools/testing/source-assets.ts';
import { analyzers } from './index.ts';

const loaded = new Map<string, LoadedAnalyzer>();
const order = analyzers.filter(({ name }) => name === 'sast' || name === 'sca');

beforeAll(async () => {
  for (const analyzer of order) {
    const result = await analyzer.load(sourceAssets);
    assert(result.ok, 'the analyzer loads');
    await result.value.open?.(sourceAssets, grammarNames);
    loaded.set(analyzer.name, result.value);
  }
});

type Files = Readonly<Record<string, string>>;

function viewOf({ wants, consults }: Analyzer, files: Files): Tree {
  const all = Object.entries(files).map(([path, text]) => ({
    path,
    bytes: text.length,
    sha256: createHash('sha256').update(text).digest('hex'),
  }));
  return {
    files: all.filter(({ path }) => wants(path)),
    beside: all.filter(({ path }) => !wants(path) && consults?.(path) === true),
    read: (path) => (files[path] === undefined ? undefined : new TextEncoder().encode(files[path])),
  };
}

/** The use of a package as both analyzers together know it, one after the other as in a run. */
function useIn(files: Files, purl: string): string {
  const codeUses: CodeUse[] = [];
  const drafts: FindingDraft[] = [];
  for (const analyzer of order) {
    loaded.get(analyzer.name)?.analyze(
      { ...viewOf(analyzer, files), ...(codeUses.length === 0 ? {} : { codeUses }) },
      {
        finding: (draft) => drafts.push(draft),
        coverage: () => undefined,
        fileDone: () => undefined,
        note: () => undefined,
        codeUse: (use) => codeUses.push(use),
      },
    );
  }
  const use = drafts.find(({ dependency }) => dependency?.purl === purl)?.dependency?.use;
  if (use === undefined) return 'unknown';
  return 'place' in use ? `${use.kind} ${use.place}` : use.kind;
}

const lock = (packages: object): string => JSON.stringify({ packages });
const npm: Files = {
  'package-lock.json': lock({
    '': { dependencies: { lodash: '4.17.20', express: '4.0.0' } },
    'node_modules/lodash': { version: '4.17.20' },
    'node_modules/express': { version: '4.0.0', dependencies: { qs: '0.6.6' } },
    'node_modules/qs': { version: '0.6.6' },
  }),
};
const lodash = 'pkg:npm/lodash@4.17.20';
// of lodash 4.17.20: CVE-2021-23337 is in `template`, CVE-2020-28500 in `toNumber`, `trim` and `trimEnd`

describe('what sources do with a vulnerable package', () => {
  it('the_vulnerable_function_is_called_directly_or_through_a_file_of_the_project', () => {
    expect(useIn({ ...npm, 'a.ts': "import _ from 'lodash';\nexport const f = (x: string) => _.template(x);" }, lodash)).toBe(
      'vulnerable_called a.ts:2',
    );
    const wrapped = {
      'lib/tools.js': "module.exports = require('lodash');",
      'a.js': "const t = require('./lib/tools');\nt.template('x');",
    };
    expect(useIn({ ...npm, ...wrapped }, lodash)).toBe('vulnerable_called a.js:2');
  });

  it('others_are_called_and_not_the_vulnerable_one', () => {
    expect(useIn({ ...npm, 'a.ts': "import { pick } from 'lodash';\nexport const f = (x: object) => pick(x, 'a');" }, lodash)).toBe(
      'vulnerable_not_called a.ts:2',
    );
  });

  it.each([
    ["import _ from 'lodash';\nexport const f = (x: string) => (_ as any)[x]();"],
    ["import _ from 'lodash';\nimport mix from 'mix';\nmix(_);\n_.pick({}, 'a');"],
    ["import _ from 'lodash';\n_.pick({}, 'a');\neval(process.argv[2]);"],
    ["import _ from 'lodash';\n_.pick({}, 'a');\nimport(process.argv[2]);"],
  ])('what_hides_a_call_is_never_taken_for_its_absence: %s', (text) => {
    expect(useIn({ ...npm, 'a.ts': text }, lodash)).toMatch(/^(?:called|imported) a\.ts:\d$/u);
  });

  it('a_source_that_could_not_be_followed_hides_calls_too', () => {
    const files = { ...npm, 'a.ts': "import _ from 'lodash';\n_.pick({}, 'a');", 'b.ts': 'const = = (' };
    expect(useIn(files, lodash)).toBe('called a.ts:2');
  });

  it('a_package_that_another_one_needs_may_be_called_by_that', () => {
    const needed = lock({
      '': { dependencies: { lodash: '4.17.20', other: '1.0.0' } },
      'node_modules/lodash': { version: '4.17.20' },
      'node_modules/other': { version: '1.0.0', dependencies: { lodash: '^4.0.0' } },
    });
    expect(useIn({ 'package-lock.json': needed, 'a.ts': "import _ from 'lodash';\n_.pick({}, 'a');" }, lodash)).toBe('called a.ts:2');
  });

  it('python_is_judged_alike', () => {
    const poetry =
      '[[package]]\nname = "pyyaml"\nversion = "5.3"\n\n[[package]]\nname = "a"\nversion = "1.0"\n\n[package.dependencies]\nb = "*"\n\n[[package]]\nname = "b"\nversion = "1.0"\n';
    const files = (text: string): Files => ({ 'poetry.lock': poetry, 'app.py': text });
    const yaml = 'pkg:pypi/pyyaml@5.3';
    expect(useIn(files('import yaml\n\ndef f(x):\n    return yaml.load(x)\n'), yaml)).toBe('vulnerable_called app.py:4');
    expect(useIn(files('from yaml import safe_load\n\nsafe_load("a")\n'), yaml)).toBe('vulnerable_not_called app.py:3');
    expect(useIn(files('from yaml import *\n\nload("a")\n'), yaml)).toBe('named app.py:1');
    expect(useIn(files('import yaml\nimport sys\n\nyaml.safe_load("a")\ngetattr(yaml, sys.argv[1])("a")\n'), yaml)).toBe('called app.py:4');
  });
});
