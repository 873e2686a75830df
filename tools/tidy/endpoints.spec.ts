import { describe, expect, it } from 'vitest';
import * as contract from '@lib/contract';
import { repositoryFiles, textOf } from './repository-files.ts';

// Each status that a route declares has a test that is named for it, in an `.e2e.spec.ts`, inside `describe('<operationId>', ...)`:
// `other_tenants_scan_answers_404`. What is not covered yet stands in this list, which only shrinks.
const listFile = 'apps/api/uncovered-endpoints.txt';

const declared = Object.values<unknown>(contract)
  .filter(isRoute)
  .flatMap((route) => [...Object.keys(route.answers), ...route.problems.map(String)].map((status) => `${route.operationId} ${status}`))
  .toSorted();
const covered = new Set(repositoryFiles.filter((path) => path.endsWith('.e2e.spec.ts')).flatMap((path) => coveredBy(textOf(path))));
const [head = '', ...listed] = textOf(listFile).trim().split('\n');

describe('endpoints', () => {
  it('the_contract_declares_some', () => {
    expect(declared.length).toBeGreaterThan(20);
  });

  it('every_declared_answer_has_a_test_or_stands_in_the_list', () => {
    expect(declared.filter((answer) => !covered.has(answer) && !listed.includes(answer))).toEqual([]);
  });

  it('the_list_names_nothing_that_is_covered_or_gone', () => {
    expect(listed.filter((answer) => covered.has(answer) || !declared.includes(answer))).toEqual([]);
  });

  it('the_list_only_shrinks', () => {
    expect(head).toBe(`# answers without a test of their own; at most ${listed.length}, and the number only goes down`);
  });
});

type RouteLike = { readonly operationId: string; readonly answers: object; readonly problems: readonly number[] };

function isRoute(value: unknown): value is RouteLike {
  return typeof value === 'object' && value !== null && 'operationId' in value && 'answers' in value && 'problems' in value;
}

// A test belongs to the nearest describe before it.
function coveredBy(source: string): readonly string[] {
  return source.split(/\bdescribe(?:[.]\w+(?:\([^)]*\))?)*\(\s*(?=['"`])/u).flatMap((block) => {
    const operation = /^['"`](\w+)/u.exec(block)?.[1];
    const titles = [...block.matchAll(/\b(?:it|test)(?:[.]\w+)*(?:\([^'"`]*\))?\(\s*['"`]([^'"`]+)/gu)].map(([, title = '']) => title);
    return titles.flatMap((title) => [...title.matchAll(/(?<!\d)[1-5]\d\d(?!\d)/gu)].map(([status]) => `${operation ?? ''} ${status}`));
  });
}
