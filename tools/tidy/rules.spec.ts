import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ruleCasesSchema, ruleHeadSchema } from '@lib/contract';
import { repositoryFiles, textOf } from './repository-files.ts';

const rules = repositoryFiles
  .filter((path) => path.endsWith('.rule.yaml'))
  .map((path) => ({ path, document: ruleHeadSchema.loose().parse(parse(textOf(path))) }));

describe('rules', () => {
  it('there_are_some', () => {
    expect(rules.length).toBeGreaterThan(20);
  });

  it('no_two_have_one_id', () => {
    const ids = rules.map(({ document }) => document.id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('each_stands_in_a_file_of_its_name', () => {
    expect(
      rules.filter(({ path, document }) => !path.endsWith(`/${document.id.split('/').at(-1) ?? ''}.rule.yaml`)).map(({ path }) => path),
    ).toEqual([]);
  });

  it('each_has_two_cases_that_match_and_two_that_do_not', () => {
    expect(rules.filter(({ document }) => !ruleCasesSchema.safeParse(document['cases']).success).map(({ path }) => path)).toEqual([]);
  });
});
