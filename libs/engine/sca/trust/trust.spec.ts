import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { LockedPackage } from '../dependency.ts';
import { findDistrust } from './find-distrust.ts';
import { nearNames, popularSchema } from './near-names.ts';

const tables = ['npm', 'pypi'].map((name) =>
  popularSchema.parse(parse(readFileSync(join(import.meta.dirname, `../popular/${name}.yaml`), 'utf8'))),
);
const nearTo = nearNames(tables);
const near = (name: string, ecosystem: 'npm' | 'PyPI' | 'Go' = 'npm') => nearTo({ ecosystem, name })?.popular;

const npm = (name: string, more: Partial<LockedPackage> = {}): LockedPackage => ({
  ecosystem: 'npm',
  name,
  version: '1.0.0',
  id: name,
  startLine: 1,
  endLine: 1,
  dependsOn: [],
  ...more,
});
const severities = (...packages: readonly LockedPackage[]) =>
  findDistrust({ packages, roots: undefined, unresolved: [] }, nearTo).map(({ rule, severity }) => `${rule} ${severity}`);
const publicHost = ['https://registry', 'npmjs', 'org'].join('.');

describe('names near known ones', () => {
  it.each([
    ['l0dash', 'lodash'],
    ['1odash', 'lodash'],
    ['lоdash', 'lodash'], // with a letter of another script
    ['loadsh', 'lodash'],
    ['axois', 'axios'],
    ['crossenv', 'cross-env'],
    ['cross_env', 'cross-env'],
    ['expresss', 'express'],
    ['mongose', 'mongoose'],
    ['typescripf', 'typescript'],
    ['@bable/core', '@babel/core'],
    ['@typess/node', '@types/node'],
  ])('%s_is_near_%s', (name, popular) => {
    expect(near(name)).toBe(popular);
  });

  it.each([
    'lodash',
    'preact',
    'enquirer',
    'mysql2',
    'mssql',
    'args',
    'ms',
    'ws',
    'nest',
    '@babel/core',
    '@acme/lodash',
    '@bazel/esbuild',
    'lodash-es',
    'lodash.merge',
    '',
    '@/',
  ])('%s_is_near_none', (name) => {
    expect(near(name)).toBeUndefined();
  });

  it('every_known_name_and_neighbour_is_near_none_and_other_ecosystems_have_none', () => {
    for (const { ecosystem, names, neighbours, scopes = [] } of tables) {
      for (const name of [...names, ...neighbours, ...scopes.map((scope) => `@${scope}/a`)])
        expect(nearTo({ ecosystem, name }), name).toBeUndefined();
    }
    expect(near('l0dash', 'Go')).toBeUndefined();
    expect([near('reqeusts', 'PyPI'), near('boto', 'PyPI'), near('beautifulsoup4', 'PyPI')]).toEqual(['requests', undefined, undefined]);
  });

  it('a_name_without_end_costs_nothing', () => {
    expect(near('a'.repeat(100_000))).toBeUndefined();
  });
});

describe('what asks for a look', () => {
  it('a_name_alone_is_a_hint_and_one_that_cannot_be_told_apart_or_does_more_is_an_alarm', () => {
    expect(severities(npm('expresss'))).toEqual(['typosquat low']);
    expect(severities(npm('l0dash'))).toEqual(['typosquat high']);
    expect(severities(npm('expresss', { runsOnInstall: true }))).toEqual(['typosquat high']);
    expect(severities(npm('expresss', { source: 'https://files.example/a.tgz', hasDigest: true }))).toEqual(['typosquat high']);
    expect(severities(npm('sharp', { runsOnInstall: true }))).toEqual([]);
  });

  it('an_address_of_another_package_is_an_alarm_and_one_of_the_same_is_none', () => {
    expect(severities(npm('lodash', { source: `${publicHost}/evil/-/evil-1.0.0.tgz`, hasDigest: true }))).toEqual(['source high']);
    expect(
      severities(
        npm('@a/b', { source: `${publicHost}/@a/b/-/b-1.0.0.tgz` }),
        npm('@a/c', { source: `${publicHost}/@a%2fc/-/c-1.0.0.tgz` }),
      ),
    ).toEqual([]);
    expect(severities(npm('lodash', { source: `${publicHost}/lodash/-/lodash-1.0.0.tgz` }))).toEqual([]);
  });

  it.each<[string, Partial<LockedPackage>, readonly string[]]>([
    ['an open line', { source: 'http://a.example/a.tgz' }, ['source medium']],
    ['an open line with a digest', { source: 'http://a.example/a.tgz', hasDigest: true }, []],
    ['a branch', { source: 'git+ssh://git@a.example/a.git#main' }, ['source low']],
    ['a commit', { source: `git+ssh://git@a.example/a.git#${'a'.repeat(40)}` }, []],
    ['another host without a digest', { source: 'https://a.example/a.tgz' }, ['source low']],
    ['another host with a digest', { source: 'https://a.example/a.tgz', hasDigest: true }, []],
    ['a folder', { source: 'file:../a' }, []],
  ])('%s_is_judged_by_who_can_change_what_comes', (_what, more, expected) => {
    expect(severities(npm('some-package', more))).toEqual(expected);
  });
});
