import { describe, expect, it } from 'vitest';
import { limits, type FindingDraft } from '@lib/contract';
import { findIgnores } from './find-ignores.ts';
import { openIgnores, type KnownRules } from './open-ignores.ts';

const today = '2026-11-29';
const rule = 'sast/sql-injection';
const good = `aegis:ignore ${rule} until=2026-12-31 reason="only numbers get here"`;
const known: KnownRules = { rules: new Set([rule]), finished: true, all: true };

const draftAt = (path: string, startLine: number, endLine = startLine): FindingDraft => ({
  analyzer: 'sast',
  ruleId: rule,
  ruleVersion: 1,
  severity: 'high',
  confidence: 'high',
  title: 'a',
  message: 'a',
  remediation: '',
  cwe: [],
  references: [],
  location: { path, startLine, startColumn: 1, endLine, endColumn: 1 },
  flow: [],
  excerpt: { startLine, lines: [] },
  fileSha256: 'a'.repeat(64),
  fingerprint: 'a'.repeat(64),
});

function asked(text: string, { lines = [], now = today, of = known }: { lines?: readonly number[]; now?: string; of?: KnownRules } = {}) {
  const ignores = openIgnores({ read: (path) => (path === 'a' ? new TextEncoder().encode(text) : undefined), today: now });
  const requests = lines.map((line) => ignores.requestFor(draftAt('a', line)));
  return { requests, dead: [...ignores.dead(['a', 'absent'], of)].map(({ detail }) => detail) };
}

describe('a request in a comment', () => {
  it.each([
    ['JavaScript', `query(x); // ${good}`, 1],
    ['a line above', `// ${good}\nquery(x);`, 2],
    ['lines above', `// ${good}\n// because of that\n\nquery(x);`, 4],
    ['a block', `/* ${good} */\nquery(x);`, 2],
    ['a block of lines', `/*\n * ${good}\n */\nquery(x);`, 4],
    ['Python, Terraform, YAML, a Dockerfile', `x:\n  # ${good}\n  y: 1`, 3],
    ['the end of a line of YAML', `y: 1 # ${good}`, 1],
    ['HTML', `<!-- ${good} -->\n<p>`, 2],
    ['SQL', `-- ${good}\nselect 1`, 2],
  ])('is_found_in_%s', (_what, text, line) => {
    expect(asked(text, { lines: [line] })).toEqual({
      requests: [{ reason: 'only numbers get here', until: '2026-12-31', line: findIgnores(text)[0]?.line }],
      dead: [],
    });
  });

  it.each([
    ['no comment', `const a = "${rule}"; aegis:ignore ${rule}`],
    ['another word', `// aegis:ignored ${rule} until=2026-12-31 reason="a"`],
    ['another word before', `// see aegis:ignore ${rule} until=2026-12-31 reason="a"`],
    ['a minified line', `${'a'.repeat(3000)}// ${good}`],
  ])('is_not_found_in_%s', (_what, text) => {
    expect(findIgnores(text)).toEqual([]);
  });

  it('speaks_of_its_line_and_its_rule_and_of_no_other', () => {
    const text = `a();\n// ${good}\nquery(x);\nquery(y);`;
    expect(asked(text, { lines: [1, 3, 4] }).requests.map((request) => request?.line)).toEqual([undefined, 2, undefined]);
    const other = openIgnores({ read: () => new TextEncoder().encode(`b(); // ${good}`), today });
    expect(other.requestFor({ ...draftAt('a', 1), ruleId: 'sast/path-traversal' })).toBeUndefined();
    expect(other.requestFor(draftAt('a', 1, 5))?.line).toBe(1);
  });

  it.each([
    ['aegis:ignore', 'no rule'],
    ['aegis:ignore until=2026-12-31 reason="a"', 'no rule'],
    [`aegis:ignore ${rule} until=2026-12-31`, `${rule}: no reason="..."`],
    [`aegis:ignore ${rule} until=2026-12-31 reason=" "`, `${rule}: no reason="..."`],
    [`aegis:ignore ${rule} reason="a"`, `${rule}: no until=YYYY-MM-DD`],
    [`aegis:ignore ${rule} until=soon reason="a"`, `${rule}: \`soon\` is no day`],
    [`aegis:ignore ${rule} until=2026-02-31 reason="a"`, `${rule}: \`2026-02-31\` is no day`],
    [`aegis:ignore ${rule} until=2026-13-01 reason="a"`, `${rule}: \`2026-13-01\` is no day`],
    [`aegis:ignore ${rule} until=2026-11-28 reason="a"`, `${rule}: ended on 2026-11-28`],
    [`aegis:ignore ${rule} until=2099-01-01 reason="a"`, `${rule}: 2099-01-01 is more than 366 days away`],
  ])('that_is_not_whole_asks_for_nothing_and_is_told: %s', (text, detail) => {
    expect(asked(`query(x); // ${text}`, { lines: [1] })).toEqual({ requests: [undefined], dead: [`line 1: ${detail}`] });
  });

  it('holds_on_its_last_day_and_not_on_the_next', () => {
    const text = `query(x); // ${good}`;
    expect(asked(text, { lines: [1], now: '2026-12-31' }).requests[0]?.until).toBe('2026-12-31');
    expect(asked(text, { lines: [1], now: '2027-01-01' }).requests).toEqual([undefined]);
  });

  it('that_nothing_needs_is_told_and_only_where_that_is_known', () => {
    const text = `query(x); // ${good}`;
    expect(asked(text).dead).toEqual([`line 1: ${rule}: nothing of that rule is found here`]);
    expect(asked(text, { of: { ...known, finished: false } }).dead).toEqual([]);
    expect(asked(text, { of: { ...known, rules: new Set() } }).dead).toEqual([`line 1: no rule \`${rule}\``]);
    expect(asked(text, { of: { ...known, rules: new Set(), all: false } }).dead).toEqual([]);
  });

  it('is_one_of_a_bounded_number_and_costs_no_more_than_the_length_of_the_text', () => {
    expect(findIgnores(`// ${good}\n`.repeat(1000))).toHaveLength(limits.ignoresPerFileMax);
    const before = performance.now();
    for (const text of [
      `${'#'.repeat(1900)}aegis:ignore\n`.repeat(500),
      '/*'.repeat(400_000),
      'aegis:ignore'.repeat(80_000),
      ' '.repeat(1_000_000),
    ])
      findIgnores(text);
    expect(performance.now() - before).toBeLessThan(5000);
  });
});
