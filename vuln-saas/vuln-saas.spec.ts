import { beforeAll, describe, expect, it } from 'vitest';
import {
  presentAnalyzers,
  readExpected,
  readVulnSaas,
  reportOn,
  scoreFindings,
  type Reported,
  type ScoredFile,
} from '../tools/score-vuln-saas.ts';

const expected = readExpected();
const files = readVulnSaas();
let names: readonly string[];
let reported: readonly Reported[];

async function reportAll(tree: readonly ScoredFile[]): Promise<readonly Reported[]> {
  return reportOn(tree, await presentAnalyzers());
}

function withReplaced(path: string, from: string, to: string): readonly ScoredFile[] {
  const file = files.find((candidate) => candidate.path === path);
  expect(file?.text.split(from)).toHaveLength(2); // the text stands exactly once, or the control would prove nothing
  return files.map((candidate) => (candidate.path === path ? { path, text: candidate.text.replace(from, () => to) } : candidate));
}

beforeAll(async () => {
  names = (await presentAnalyzers()).map(({ name }) => name);
  reported = await reportAll(files);
});

describe('the truth', () => {
  it('is_large_enough_to_mean_something', () => {
    expect(expected.flaws.length).toBeGreaterThanOrEqual(40);
    expect(expected.flaws.filter(({ rule }) => rule.startsWith('js/')).length).toBeGreaterThanOrEqual(20);
    expect(expected.decoys.length).toBeGreaterThanOrEqual(40);
  });

  it('names_each_flaw_and_decoy_once', () => {
    const entries = [...expected.flaws, ...expected.observed, ...expected.decoys];
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
    expect(new Set(expected.flaws.map(({ file, line, rule }) => `${file}:${String(line)} ${rule}`)).size).toBe(expected.flaws.length);
  });

  it('points_at_lines_that_exist_and_are_not_blank', () => {
    const blank = [...expected.flaws, ...expected.observed, ...expected.decoys].filter(({ file, line }) => {
      const text = files.find(({ path }) => path === file)?.text.split('\n')[line - 1];
      return text === undefined || text.trim() === '';
    });
    expect(blank).toEqual([]);
  });

  it('never_calls_one_line_both_flawed_and_safe_by_the_same_rule', () => {
    const flawed = new Set([...expected.flaws, ...expected.observed].map(({ file, line, rule }) => `${file}:${String(line)} ${rule}`));
    expect(expected.decoys.filter(({ file, line, looksLike }) => flawed.has(`${file}:${String(line)} ${looksLike}`))).toEqual([]);
  });
});

describe('the analyzers', () => {
  it('find_every_planted_flaw', () => {
    expect(scoreFindings(reported, expected, names).missed.map(({ file, line, rule }) => `${file}:${String(line)} ${rule}`)).toEqual([]);
  });

  it('raise_no_false_alarm', () => {
    const alarms = scoreFindings(reported, expected, names).falseAlarms;
    expect(alarms.map(({ file, startLine, rule }) => `${file}:${String(startLine)} ${rule}`)).toEqual([]);
  });
});

// Each control takes the code of the product, changes one thing, and scans anew: a scorer that cannot fail would pass unchanged code only.
describe('the scorer', () => {
  it('reports_a_miss_when_a_flaw_is_repaired', async () => {
    const path = 'worker/src/deliveries.js';
    const repaired = withReplaced(
      path,
      "const relayToken = 'q7Zr-4kW9tXe2LmB8vNs6HcYp1JdGu0aFo3R';",
      'const relayToken = process.env.RELAY_TOKEN;',
    );
    const before = scoreFindings(reported, expected, names);
    const after = scoreFindings(await reportAll(repaired), expected, names);
    const flaw = expected.flaws.find(({ file, rule }) => file === path && rule === 'secret/generic-credential');
    expect(before.missed.map(({ id }) => id)).not.toContain(flaw?.id);
    expect(after.missed.map(({ id }) => id)).toContain(flaw?.id);
  });

  it('reports_a_false_alarm_when_a_decoy_is_broken', async () => {
    const path = 'worker/config/production.yaml';
    const broken = withReplaced(path, '${PARTNER_CLIENT_SECRET}', ['"hT4#vB8n', 'Yq2!sKw6"'].join(''));
    const before = scoreFindings(reported, expected, names);
    const after = scoreFindings(await reportAll(broken), expected, names);
    const decoy = expected.decoys.find(({ file, why }) => file === path && why.includes('environment'));
    expect(before.falseAlarms.map(({ decoy: id }) => id)).not.toContain(decoy?.id);
    expect(after.falseAlarms.map(({ decoy: id }) => id)).toContain(decoy?.id);
  });

  it('reports_every_flaw_as_missed_when_nothing_is_reported', () => {
    const score = scoreFindings([], expected, []);
    expect([score.found, score.missed.length]).toEqual([0, expected.flaws.length + expected.observed.length]);
  });

  it('takes_neither_another_rule_nor_another_line_for_the_flaw', () => {
    const [flaw] = expected.flaws;
    const at = { file: flaw?.file ?? '', rule: flaw?.rule ?? '', startLine: flaw?.line ?? 0, endLine: flaw?.line ?? 0 };
    const found = (finding: Reported): number => scoreFindings([finding], expected, []).missed.filter(({ id }) => id === flaw?.id).length;
    expect(found(at)).toBe(0);
    expect(found({ ...at, rule: 'js/none' })).toBe(1);
    expect(found({ ...at, startLine: 9_999, endLine: 9_999 })).toBe(1);
  });
});
