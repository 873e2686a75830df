import { describe, expect, it } from 'vitest';
import type { FindingDraft } from '@lib/contract';
import { rulesLookedAlike } from './alike-checks.ts';
import { joinFlaws, type Sign } from './join-flaws.ts';
import { rankOf, toolOf, traitsOf } from './traits.ts';

type Said = Partial<Pick<FindingDraft, 'analyzer' | 'ruleId' | 'cwe' | 'dependency'>> & {
  readonly path?: string;
  readonly at?: readonly [startLine: number, startColumn: number, endLine: number, endColumn: number];
  readonly secret?: string;
};
let serial = 0;

function sign({
  analyzer = 'sast',
  ruleId = 'js/sql-injection',
  cwe = [89],
  path = 'a.js',
  at = [3, 1, 3, 1],
  dependency,
  secret,
}: Said): Sign {
  serial += 1;
  const [startLine, startColumn, endLine, endColumn] = at;
  const digest = serial.toString(16).padStart(64, '0');
  const draft: FindingDraft = {
    analyzer,
    ruleId,
    ruleVersion: 1,
    severity: 'high',
    confidence: 'high',
    title: 't',
    message: 'm',
    remediation: '',
    cwe,
    references: [],
    location: { path, startLine, startColumn, endLine, endColumn },
    flow: [],
    excerpt: { startLine, lines: [] },
    fileSha256: digest,
    fingerprint: digest,
    ...(dependency === undefined ? {} : { dependency }),
  };
  const traits = { ...traitsOf(draft), ...(secret === undefined ? {} : { secret: secret.padEnd(64, '0') }) };
  return { tool: toolOf(draft), ruleId, fingerprint: digest, rank: rankOf(draft), traits };
}

function imported(ruleId: string, cwe: number[], at: NonNullable<Said['at']>): Sign {
  return sign({ analyzer: 'import', ruleId, cwe, at });
}
const inFile = (path: string, of: Sign): Sign => ({ ...of, traits: { ...of.traits, path } });
const packageOf = (of: { analyzer?: 'sca' | 'import'; ruleId: string; ids: string[]; version?: string; path?: string }): Sign =>
  sign({
    analyzer: of.analyzer ?? 'import',
    ruleId: of.ruleId,
    cwe: [1321],
    path: of.path ?? 'package-lock.json',
    dependency: {
      purl: of.analyzer === 'sca' ? `pkg:npm/lodash@${of.version ?? '4.17.4'}` : 'pkg:generic/lodash',
      installedVersion: of.version ?? '4.17.4',
      fixedVersions: [],
      advisoryIds: of.ids,
    },
  });

/** The findings that signs end in when they arrive one after the other, as sets of signs. */
function arrive(signs: readonly Sign[]): readonly (readonly Sign[])[] {
  const findings = new Map<string, Sign[]>();
  for (const [index, one] of signs.entries()) {
    const placed = [...findings].flatMap(([finding, members]) => members.map((member) => ({ ...member, finding })));
    const { findings: names, merged } = joinFlaws(placed, [one], () => `finding ${String(index).padStart(3, '0')}`);
    for (const [from, to] of merged) {
      findings.set(to, [...(findings.get(to) ?? []), ...(findings.get(from) ?? [])]);
      findings.delete(from);
    }
    const name = names[0] ?? '';
    findings.set(name, [...(findings.get(name) ?? []), one]);
  }
  return [...findings.values()];
}

function together(signs: readonly Sign[]): readonly (readonly Sign[])[] {
  const { findings } = joinFlaws([], signs, ({ fingerprint }) => fingerprint);
  return [...Map.groupBy(signs.keys(), (index) => findings[index]).values()].map((indexes) =>
    indexes.map((index) => signs[index]).flatMap((one) => one ?? []),
  );
}

const named = (groups: readonly (readonly Sign[])[]) =>
  groups
    .map((group) =>
      group
        .map(({ fingerprint }) => fingerprint)
        .toSorted()
        .join(' '),
    )
    .toSorted();
const count = (...signs: Sign[]): number => arrive(signs).length;

/** A repeatable source of choices: property tests that fail do so again. */
function choices(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
}

describe('joinFlaws', () => {
  it('the_same_flaw_of_our_analyzer_and_of_other_tools_is_one_finding', () => {
    const ours = sign({ at: [3, 5, 3, 40] });
    const codeql = imported('codeql/js/sql-injection', [89, 90, 943], [3, 14, 3, 39]);
    const semgrep = imported('semgrep/javascript/sqli', [89], [3, 5, 3, 41]);
    expect(count(ours, codeql, semgrep)).toBe(1);
    expect(count(codeql, semgrep, ours)).toBe(1);
    expect(
      count(
        sign({ analyzer: 'secrets', ruleId: 'generic', cwe: [798] }),
        sign({ ruleId: 'js/hard-coded-key', cwe: [321] }),
        imported('gitleaks/generic-api-key', [], [3, 1, 3, 1]),
      ),
    ).toBe(1);
    expect(
      count(
        sign({ ruleId: 'js/command', cwe: [78], at: [9, 3, 9, 20] }),
        imported('eslint/security/detect-child-process', [], [9, 3, 9, 20]),
      ),
    ).toBe(1);
  });

  it('two_flaws_of_one_line_stay_two', () => {
    expect(count(sign({ at: [3, 1, 3, 20] }), imported('codeql/js/xss', [79], [3, 1, 3, 20]))).toBe(2);
    expect(count(sign({ at: [3, 1, 3, 20] }), imported('codeql/js/sql-injection', [89], [3, 25, 3, 40]))).toBe(2);
    expect(
      count(sign({ at: [3, 1, 3, 20] }), sign({ at: [3, 25, 3, 40] }), imported('codeql/js/sql-injection', [89], [3, 30, 3, 35])),
    ).toBe(2);
    expect(count(sign({ cwe: [614] }), imported('semgrep/cookie', [1004], [3, 1, 3, 1]))).toBe(2);
    expect(count(sign({ ruleId: 'js/code-injection', cwe: [94] }), imported('codeql/js/xss', [79, 116], [3, 1, 3, 1]))).toBe(2);
    const [one, other] = ['a', 'b'].map((secret, index) =>
      sign({ analyzer: index === 0 ? 'secrets' : 'sast', ruleId: 'r', cwe: [798], secret }),
    );
    expect(one !== undefined && other !== undefined && count(one, other)).toBe(2);
  });

  it('what_fits_two_and_cannot_tell_them_apart_joins_neither', () => {
    expect(count(sign({ at: [3, 1, 3, 20] }), sign({ at: [3, 25, 3, 40] }), imported('semgrep/sqli', [89], [3, 1, 3, 1]))).toBe(3);
    expect(together([sign({}), imported('semgrep/sqli', [89], [3, 1, 3, 1]), imported('semgrep/sqli', [89], [3, 1, 3, 1])])).toHaveLength(
      3,
    );
  });

  it('other_files_other_lines_and_other_tools_of_one_flaw_each_stay_apart', () => {
    expect(count(sign({}), inFile('b.js', imported('semgrep/sqli', [89], [3, 1, 3, 1])))).toBe(2);
    expect(count(sign({ at: [3, 1, 3, 9] }), imported('semgrep/sqli', [89], [4, 1, 4, 9]))).toBe(2);
    expect(count(sign({ at: [3, 1, 3, 9] }), imported('semgrep/sqli', [89], [1, 1, 30, 9]))).toBe(2);
    expect(count(sign({ at: [5, 1, 5, 9] }), imported('semgrep/sqli', [89], [3, 1, 6, 9]))).toBe(1);
  });

  it('a_package_is_one_finding_by_name_version_and_any_name_of_an_advisory', () => {
    const ours = packageOf({ analyzer: 'sca', ruleId: 'sca/vulnerable', ids: ['GHSA-aaaa-bbbb-cccc', 'CVE-2020-1', 'CVE-2020-2'] });
    const [first, second] = [
      packageOf({ ruleId: 'trivy/cve-2020-1', ids: ['CVE-2020-1'] }),
      packageOf({ ruleId: 'trivy/cve-2020-2', ids: ['cve-2020-2'] }),
    ];
    expect(count(ours, first, second)).toBe(1);
    expect(count(first, second, ours)).toBe(1);
    expect(count(first, second)).toBe(2);
    expect(count(ours, packageOf({ ruleId: 'trivy/cve-2020-9', ids: ['CVE-2020-9'] }))).toBe(2);
    expect(count(ours, packageOf({ ruleId: 'trivy/cve-2020-1', ids: ['CVE-2020-1'], version: '4.17.20' }))).toBe(2);
    expect(count(ours, packageOf({ ruleId: 'trivy/cve-2020-1', ids: ['CVE-2020-1'], path: 'app/package-lock.json' }))).toBe(2);
    const again = packageOf({ analyzer: 'sca', ruleId: 'sca/vulnerable', ids: ['CVE-2020-1'] });
    expect(count(packageOf({ analyzer: 'sca', ruleId: 'sca/vulnerable', ids: ['CVE-2020-1'] }), again)).toBe(2);
  });

  it('a_check_of_a_whole_resource_meets_our_finding_of_its_attribute_and_no_other', () => {
    const ours = sign({ analyzer: 'iac', ruleId: 'tf/aws-rds-public', cwe: [284], path: 'main.tf', at: [14, 3, 14, 30] });
    expect(count(ours, inFile('main.tf', imported('checkov/ckv-aws-17', [], [10, 1, 20, 2])))).toBe(1);
    expect(count(inFile('main.tf', imported('checkov/ckv-aws-17', [], [10, 1, 20, 2])), ours)).toBe(1);
    expect(count(ours, inFile('main.tf', imported('checkov/ckv-aws-16', [], [10, 1, 20, 2])))).toBe(2);
    expect(count(ours, inFile('main.tf', imported('checkov/ckv-aws-17', [], [30, 1, 40, 2])))).toBe(2);
    expect(rulesLookedAlike.length).toBeGreaterThan(20);
  });

  it('the_order_of_arrival_does_not_matter_nor_whether_they_arrive_together', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const choose = choices(seed);
      const signs = Array.from({ length: 3 + choose(5) }, (_, flaw) => reportsOf(flaw, choose)).flat();
      const expected = named(together(signs));
      for (let round = 0; round < 4; round++) {
        const shuffled = signs.map((one) => ({ one, key: choose(1_000_000) })).toSorted((a, b) => a.key - b.key);
        expect(named(arrive(shuffled.map(({ one }) => one))), `seed ${String(seed)}`).toEqual(expected);
      }
    }
  });
});

/** What tools say of one flaw: some do, some do not; on one line there may be flaws of other kinds and in other columns. */
function reportsOf(flaw: number, choose: (below: number) => number): readonly Sign[] {
  const line = 3 + Math.floor(flaw / 3);
  const column = 1 + 30 * (flaw % 3);
  const [cwe, path] = [[89, 79, 22][choose(3)] ?? 89, `f${String(choose(2))}.js`];
  const at = (inside: number): NonNullable<Said['at']> => [line, column + inside, line, column + 25];
  const tools = [
    sign({ cwe: [cwe], path, at: at(0) }),
    inFile(path, imported('codeql/js/x', [cwe], at(4))),
    inFile(path, imported('semgrep/x', [cwe], at(2))),
  ];
  const said = tools.filter(() => choose(3) > 0);
  const advisories = ['CVE-2021-1', 'CVE-2021-2'].slice(0, 1 + choose(2));
  const lock = `p${String(flaw)}.json`;
  const packages = advisories.map((id) => packageOf({ ruleId: `trivy/${id.toLowerCase()}`, ids: [id], path: lock }));
  return [
    ...said,
    ...(choose(2) === 0 ? [] : [...packages, packageOf({ analyzer: 'sca', ruleId: 'sca/vulnerable', ids: advisories, path: lock })]),
  ];
}
