import { describe, expect, it } from 'vitest';
import { sourceText, type SourceText } from '@lib/engine/sdk';
import { read } from '../inventory/inventory.spec-support.ts';
import { findConfusions } from './find-confusions.ts';
import { readOwnNames } from './own-names.ts';

function textOf(text: string): SourceText {
  const source = sourceText(new TextEncoder().encode(text));
  if (!source.ok) throw new Error(source.error.code);
  return source.value;
}

/** `subject line` of each confusion in the first file. */
function confusions(files: Readonly<Record<string, string>>): readonly string[] {
  const [path = ''] = Object.keys(files);
  const inventory = read(files);
  if ('code' in inventory) throw new Error(inventory.detail);
  const own = readOwnNames({
    named: (name) => Object.keys(files).filter((other) => other.split('/').at(-1) === name),
    read: (other) => (files[other] === undefined ? undefined : textOf(files[other])),
  });
  return findConfusions(path, textOf(files[path] ?? ''), { inventory, own }).map(({ subject, line }) => `${subject} :${String(line)}`);
}

const lock = (name: string, resolved: string) =>
  JSON.stringify({ packages: { '': {}, [`node_modules/${name}`]: { version: '9.9.9', resolved } } });
const publicHost = ['registry', 'npmjs', 'org'].join('.');
const npmjs = (name: string) => `https://${publicHost}/${name}/-/a-9.9.9.tgz`;
const billing = { 'packages/billing/package.json': '{"name":"corp-billing","private":true}' };
const scoped = { '.npmrc': '@corp:registry=https://npm.corp.example/\n//npm.corp.example/:_authToken=${TOKEN}\n' };

describe('findConfusions', () => {
  it('a_private_package_of_the_tree_that_the_lock_file_takes_from_the_public_registry_is_one', () => {
    expect(confusions({ 'package-lock.json': lock('corp-billing', npmjs('corp-billing')), ...billing })).toEqual(['npm corp-billing :1']);
    expect(
      confusions({ 'package-lock.json': lock('corp-billing', npmjs('corp-billing')), 'a/package.json': '{"name":"corp-billing"}' }),
    ).toEqual([]);
    expect(confusions({ 'package-lock.json': lock('corp-billing', 'https://npm.corp.example/a.tgz'), ...billing })).toEqual([]);
    expect(
      confusions({ 'package-lock.json': lock('react', npmjs('react')), 'fixtures/react/package.json': '{"name":"react","private":true}' }),
    ).toEqual([]);
  });

  it('a_package_of_a_scope_with_a_registry_of_its_own_that_comes_from_the_public_one_is_one', () => {
    expect(confusions({ 'package-lock.json': lock('@corp/billing', npmjs('@corp/billing')), ...scoped })).toEqual(['npm @corp/billing :1']);
    expect(confusions({ 'package-lock.json': lock('@other/billing', npmjs('@other/billing')), ...scoped })).toEqual([]);
    expect(
      confusions({
        'package-lock.json': lock('@corp/billing', npmjs('@corp/billing')),
        '.npmrc': `@corp:registry=https://${publicHost}/`,
      }),
    ).toEqual([]);
  });

  it.each([
    ['--extra-index-url https://user:${TOKEN}@packages.corp.example/simple\na==1\n', ['extra-index packages.corp.example :1']],
    ['a==1\n--extra-index-url=https://packages.corp.example/simple', ['extra-index packages.corp.example :2']],
    ['--extra-index-url https://download.pytorch.org/whl/cpu\n', []],
    ['--index-url https://packages.corp.example/simple\n', []],
    ['# --extra-index-url https://packages.corp.example/simple\n', []],
    ['--extra-index-url https://packages.corp.example/simple\na==1 --hash=sha256:00\n', []],
    ['--extra-index-url ${INDEX}\n', []],
  ])('of_%j_these_are_confusions_%j', (text, found) => {
    expect(confusions({ 'requirements.txt': text })).toEqual(found);
  });
});
