import { describe, expect, it } from 'vitest';
import { sourceText, type SourceText, type Tree } from '@lib/engine/sdk';
import type { Inventory, LockedPackage } from '../dependency.ts';
import { findUse } from './find-use.ts';
import { indexSources, isUseSource } from './index-sources.ts';
import { hiddenNames } from './hidden-names.ts';
import { type SourceKind, npmNames, pythonModules } from './names-in-text.ts';

const npm = (name: string, dependsOn: readonly string[] = []): LockedPackage => ({
  ecosystem: 'npm',
  name,
  version: '1.0.0',
  id: name,
  startLine: 1,
  endLine: 1,
  dependsOn,
});
const packages = [npm('express', ['qs']), npm('qs'), npm('left-pad', ['qs-old']), npm('qs-old')];
const inventory: Inventory = {
  packages,
  roots: [
    { id: 'express', dev: false },
    { id: 'left-pad', dev: false },
  ],
  unresolved: [],
};

type Question = { readonly kind?: SourceKind; readonly path?: string; readonly inventory?: Inventory };

function usesIn(
  files: Readonly<Record<string, string>>,
  { kind = 'npm', path = 'package-lock.json', inventory: of = inventory }: Question = {},
) {
  const fileOf = (name: string) => ({ path: name, bytes: files[name]?.length ?? 0, sha256: 'a'.repeat(64) });
  const names = Object.keys(files);
  const read = (name: string) => (files[name] === undefined ? undefined : new TextEncoder().encode(files[name]));
  const tree: Tree = { files: names.filter((name) => !isUseSource(name)).map(fileOf), beside: names.filter(isUseSource).map(fileOf), read };
  const open = (name: string): SourceText | undefined => {
    const bytes = read(name);
    const source = bytes === undefined ? undefined : sourceText(bytes);
    return source?.ok === true ? source.value : undefined;
  };
  const useOf = findUse({ kind, path, inventory: of, sources: indexSources(tree, kind, open) });
  return Object.fromEntries(of.packages.map((found) => [found.name, said(useOf(found))]));
}

function said(use: ReturnType<ReturnType<typeof findUse>>): string {
  if (use === undefined) return 'unknown';
  if (use.kind === 'through') return `through ${use.by}`;
  return use.kind === 'not_found' ? 'not found' : `${use.kind} ${use.place}`;
}

describe('findUse', () => {
  it('what_sources_name_what_that_needs_and_what_neither_names_are_told_apart', () => {
    expect(usesIn({ 'src/a.ts': "\nimport express from 'express';\n" })).toEqual({
      express: 'named src/a.ts:2',
      qs: 'through express',
      'left-pad': 'not found',
      'qs-old': 'not found',
    });
  });

  it.each([
    ["require('left-pad/lib/index.js')", 'a.cjs'],
    ["app.set('view engine', 'left-pad')", 'a.js'],
    ['const load = await import("left-pad");', 'a.mts'],
    ['<script src="/node_modules/left-pad/dist/left-pad.js"></script>', 'index.html'],
    ['{"scripts":{"start":"tsc && left-pad --port 80"}}', 'package.json'],
  ])('%s_names_it', (text, path) => {
    expect(usesIn({ 'z.ts': '', [path]: text })['left-pad']).toBe(`named ${path}:1`);
  });

  it.each([
    ['{"dependencies":{"left-pad":"1.0.0"}}', 'package.json'],
    ["import x from './left-pad';", 'a.ts'],
    ["import x from 'left-pad-of-ours';", 'a.ts'],
    ["import x from 'left-pad';", 'node_modules/b/a.js'],
  ])('%s_does_not', (text, path) => {
    expect(usesIn({ 'z.ts': '', [path]: text })['left-pad']).toBe('not found');
  });

  it.each([
    ['require(name);', 'a.js'],
    ['const x = await import(`${kind}-plugin`);', 'a.mts'],
    ["eval('1');", 'a.js'],
    ["new Function('return 1')();", 'a.js'],
    ["import { createRequire } from 'node:module';\ncreateRequire(import.meta.url);", 'a.mjs'],
    ['vm.runInNewContext(text);', 'a.js'],
    ['require(/* webpackIgnore */ name);', 'a.js'],
  ])('where_a_source_loads_what_it_does_not_name_nothing_is_said_to_be_unused: %s', (text, path) => {
    expect(usesIn({ [path]: text })['left-pad']).toMatch(/^hidden a\.\w+:\d$/u);
  });

  it.each([
    ["require('./of-ours');"],
    ["require('./' + name);"],
    ['require(`./locales/${name}`);'],
    ['require(path.join(__dirname, name));'],
    ["import('of-ours');"],
    ['const a = model.eval(x);'],
    ['this.require(name);'],
  ])('%s_loads_no_package', (text) => {
    expect(usesIn({ 'a.js': text })['left-pad']).toBe('not found');
  });

  it('nothing_is_said_to_be_unused_without_sources_with_ones_that_cannot_be_read_or_where_nobody_says_who_asked', () => {
    expect(usesIn({ 'README.md': 'left-pad' })['left-pad']).toBe('unknown');
    expect(usesIn({ 'a.ts': '', 'b.ts': 'x'.repeat(1024 * 1024 + 1) })['left-pad']).toBe('unknown');
    expect(usesIn({ 'a.ts': '', 'b.ts': 'a\u0000b' })['left-pad']).toBe('unknown');
    expect(usesIn({ 'a.ts': '' }, { inventory: { ...inventory, roots: undefined } })['left-pad']).toBe('unknown');
  });

  it('of_two_versions_sources_name_the_one_that_the_project_asks_for', () => {
    const [inner, outer] = [{ ...npm('left-pad'), version: '0.1.0', id: 'express/left-pad' }, npm('left-pad')];
    const of: Inventory = { ...inventory, packages: [inner, npm('express', [inner.id]), outer] };
    const places = new Map(['left-pad', 'express'].map((name, index) => [name, [{ path: 'a.ts', line: index + 1 }]]));
    const useOf = findUse({
      kind: 'npm',
      path: 'package-lock.json',
      inventory: of,
      sources: { whole: true, files: ['a.ts'], hidden: [], places },
    });
    expect([said(useOf(inner)), said(useOf(outer))]).toEqual(['through express', 'named a.ts:1']);
  });

  it('only_sources_below_the_folder_of_the_lock_file_count', () => {
    const files = { 'web/a.ts': "import 'express';", 'api/b.ts': "import 'left-pad';" };
    expect(usesIn(files, { path: 'web/package-lock.json' })).toMatchObject({ express: 'named web/a.ts:1', 'left-pad': 'not found' });
  });

  const python = (name: string, dependsOn: readonly string[] = []): LockedPackage => ({ ...npm(name, dependsOn), ecosystem: 'PyPI' });

  it('modules_of_python_are_known_by_their_own_names_and_one_whose_name_nobody_knows_is_never_said_to_be_unused', () => {
    const found = [
      python('pyyaml'),
      python('pillow'),
      python('django', ['sqlparse']),
      python('sqlparse'),
      python('odd-name'),
      python('other'),
    ];
    const of: Inventory = { packages: found, roots: found.map(({ id }) => ({ id, dev: false })), unresolved: [] };
    expect(
      usesIn(
        { 'app/a.py': 'import os, yaml as y\nfrom odd_name.x import z\nAPPS = ["django.contrib.admin"]\n' },
        { kind: 'PyPI', inventory: of },
      ),
    ).toEqual({
      pyyaml: 'named app/a.py:1',
      pillow: 'not found',
      django: 'named app/a.py:3',
      sqlparse: 'through django',
      'odd-name': 'named app/a.py:2',
      other: 'unknown',
    });
  });

  it('a_list_without_edges_says_nothing_of_what_was_not_asked_for', () => {
    const found = [python('requests'), python('pillow')];
    const of: Inventory = { packages: found, roots: [{ id: 'requests', dev: false }], unresolved: [] };
    expect(usesIn({ 'a.py': 'import os\n' }, { kind: 'PyPI', inventory: of })).toEqual({ requests: 'not found', pillow: 'unknown' });
  });
});

describe('names in texts', () => {
  it.each([
    ['quotes without an end', `"${'@a/'.repeat(200_000)}`],
    ['many quotes', '"'.repeat(1_000_000)],
    ['one long word', `"${'a'.repeat(1_000_000)}"`],
    ['lines of blanks', `${' '.repeat(1000)}\n`.repeat(1000)],
    ['imports without an end', `import ${'a, '.repeat(300_000)}`],
    ['requires', 'require('.repeat(100_000)],
    ['requires of blanks', `require(${' '.repeat(1_000_000)}`],
    ['dots', `"${'a.'.repeat(500_000)}"`],
  ])('%s_cost_no_more_than_their_length', (_, text) => {
    const before = performance.now();
    npmNames(text);
    hiddenNames('npm', text);
    hiddenNames('PyPI', text);
    pythonModules(text);
    expect(performance.now() - before).toBeLessThan(3000);
  });
});
