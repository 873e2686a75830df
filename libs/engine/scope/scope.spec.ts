import { describe, expect, it } from 'vitest';
import { judgeScope, parseScope } from './index.ts';

const text = `exclude: ["vendor/**"]
ignore:
  - rule: js/sql-injection
    paths: ["legacy/*.js"]
    reason: replaced in spring
    until: "2030-06-30"
`;

describe('a scope', () => {
  it('leaves_out_what_it_names_until_the_day_is_over', () => {
    const scope = parseScope(text);
    if (scope === undefined) throw new Error('the text is a scope');
    const judge = (path: string, ruleId = 'js/sql-injection', today = '2030-06-30') => judgeScope(scope, { ruleId, path }, today);
    expect([judge('vendor/a/b.js'), judge('legacy/a.js'), judge('legacy/a.js', 'js/sql-injection', '2030-07-01')]).toEqual([
      'excluded',
      'ignored',
      'lapsed',
    ]);
    expect([judge('legacy/a.js', 'js/xss'), judge('legacy/deep/a.js'), judge('src/a.js')]).toEqual(['counts', 'counts', 'counts']);
  });

  it.each([
    ['no reason', 'ignore: [{ rule: a, until: "2030-01-01" }]'],
    ['no day', 'ignore: [{ rule: a, reason: b }]'],
    ['a member of its own', 'allow: all'],
    ['no YAML', '{ : ['],
    ['aliases', 'exclude: &a ["x"]\nignore: *a'],
  ])('with_%s_is_none_and_leaves_nothing_out', (_, given) => {
    expect(parseScope(given)).toBeUndefined();
  });
});
