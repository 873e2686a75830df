import { describe, expect, it } from 'vitest';
import { isTest, repositoryFiles, sourceFiles, textOf } from './repository-files.ts';

const linesMax = 400;
const linesP90Max = 200;
const readmeLinesMax = 40;
const bannedNames = /(?:^|[-.])(?:utils?|common|shared|types|managers?|services?|helpers?|misc|constants)(?:[.]|$)/u;
const lineCount = (path: string): number => textOf(path).split('\n').length - 1;

// in two parts, so that this file does not object to itself
const marks = [
  'eslint-' + 'disable',
  '@ts-' + 'ignore',
  '@ts-' + 'nocheck',
  'prettier-' + 'ignore',
  'istanbul ' + 'ignore',
  'v8 ' + 'ignore',
  'TO' + 'DO',
  'FIX' + 'ME',
];
const focus = /\b(?:it|test|describe|suite)(?:[.]\w+)*[.](?:only|skip|todo|fails)\b|\b[xf](?:it|describe)\(/u;

describe('files', () => {
  it('no_source_file_is_longer_than_a_reader_can_hold', () => {
    expect(sourceFiles.filter((path) => lineCount(path) > linesMax)).toEqual([]);
  });

  it('nine_in_ten_source_files_are_short', () => {
    const sizes = sourceFiles.map(lineCount).toSorted((a, b) => a - b);
    expect(sizes[Math.floor(sizes.length * 0.9)]).toBeLessThanOrEqual(linesP90Max);
  });

  it('a_file_name_says_what_is_in_it', () => {
    expect(sourceFiles.filter((path) => bannedNames.test(baseName(path).replace(/[.](?:tsx?|mjs|cjs)$/u, '')))).toEqual([]);
  });

  it('nothing_is_switched_off_by_a_comment_or_left_for_later', () => {
    const code = repositoryFiles.filter((path) => /[.](?:tsx?|mjs|cjs|sql|css)$/u.test(path));
    expect(code.flatMap((path) => marks.filter((mark) => textOf(path).includes(mark)).map((mark) => `${path}: ${mark}`))).toEqual([]);
  });

  it('a_type_error_is_expected_only_in_a_test_that_says_why', () => {
    const expected = new RegExp('@ts-' + 'expect-error(?<reason>.*)', 'gu');
    const found = sourceFiles
      .concat(repositoryFiles.filter(isTest))
      .flatMap((path) =>
        [...textOf(path).matchAll(expected)]
          .filter((match) => !isTest(path) || (match.groups?.['reason'] ?? '').trim().length < 10)
          .map(() => path),
      );
    expect(found).toEqual([]);
  });

  it('no_test_is_skipped_or_runs_alone', () => {
    const tests = repositoryFiles.filter((path) => isTest(path) && path !== 'tools/tidy/files.spec.ts');
    expect(tests.filter((path) => focus.test(textOf(path)))).toEqual([]);
  });

  it('no_machine_of_ours_is_named', () => {
    const paths = new RegExp('(?:^|[\\s"\'`(])/' + '(?:work|home/[a-z]+|Users/[A-Za-z]+)/', 'mu');
    const texts = repositoryFiles.filter((path) => /[.](?:tsx?|mjs|cjs|md|json|ya?ml|sql)$|^[.]ci\//u.test(path) && !isTest(path));
    expect(texts.filter((path) => paths.test(textOf(path)))).toEqual([]);
  });
});

describe('libs', () => {
  const libs = repositoryFiles.flatMap(
    (path) => /^(libs\/(?:kernel|contract|(?!kernel|contract)[^/]+\/[^/]+))\/index[.]ts$/u.exec(path)?.[1] ?? [],
  );

  it('there_are_some', () => {
    expect(libs.length).toBeGreaterThan(5);
  });

  it.each(libs)('%s has a README that says what it is, in a screen', (lib) => {
    const readme = textOf(`${lib}/README.md`);
    expect(readme.split('\n')[0]).toContain(`# ${lib.replace('libs/', '')}`);
    expect(readme.split('\n').length).toBeLessThanOrEqual(readmeLinesMax);
    if (lib === 'libs/kernel' || lib === 'libs/contract') return;
    for (const heading of [/\*\*In\b/u, /\*\*Out\b/u, /(?:\*\*|## )What can go wrong/u]) expect(readme).toMatch(heading);
  });

  it('every_lib_has_a_door', () => {
    const folders = new Set(
      sourceFiles.flatMap((path) => /^(libs\/(?:kernel|contract|(?!kernel|contract)[^/]+\/[^/]+))\//u.exec(path)?.[1] ?? []),
    );
    expect([...folders].filter((folder) => !libs.includes(folder))).toEqual([]);
  });
});

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
