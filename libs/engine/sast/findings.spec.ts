import { describe, expect, it } from 'vitest';
import { assert } from '@lib/kernel';
import { analyzeFiles } from './analyze-files.spec-support.ts';
import { sast } from './sast.ts';

const injection = `const { Pool } = require('pg');
const pool = new Pool();
app.get('/users', async (req, res) => {
  const { name } = req.query;
  const sql = \`SELECT * FROM users WHERE name = '\${name}'\`;
  const rows = await pool
    .query(sql);
  res.json(rows);
});
`;

describe('a finding', () => {
  it('stands_where_the_method_of_the_sink_stands', async () => {
    const { findings } = await analyzeFiles({ 'src/a.js': injection });
    expect(findings.map((finding) => [finding.ruleId, finding.location.startLine, finding.location.endLine])).toEqual([
      ['js/sql-injection', 7, 7],
    ]);
  });

  it('tells_the_way_from_source_to_sink_in_order', async () => {
    const { findings } = await analyzeFiles({ 'src/a.js': injection });
    expect(findings[0]?.flow.map((step) => [step.location.startLine, step.note])).toEqual([
      [4, 'the query string'],
      [5, 'put into a text'],
      [7, 'reaches an SQL statement'],
    ]);
  });

  it('keeps_its_fingerprint_when_lines_move_and_white_space_changes', async () => {
    const before = await analyzeFiles({ 'src/a.js': injection });
    const after = await analyzeFiles({
      'src/a.js': `// a comment\n\nconst other = 1;\n${injection.replace('pool\n    .query', 'pool\n\n      .query')}`,
    });
    expect(after.findings.map((finding) => finding.fingerprint)).toEqual(before.findings.map((finding) => finding.fingerprint));
  });

  it('has_a_fingerprint_of_its_own_for_each_of_two_equal_sinks', async () => {
    const { findings } = await analyzeFiles({
      'src/a.js': injection + injection.replace("const { Pool } = require('pg');\nconst pool = new Pool();\n", ''),
    });
    expect(new Set(findings.map((finding) => finding.fingerprint)).size).toBe(2);
  });

  it('never_shows_a_key_that_is_written_in_the_source', async () => {
    const key = ['kq', '93', 'zt', 'x1'].join('').repeat(3);
    const { findings } = await analyzeFiles({
      'src/a.js': `const jwt = require('jsonwebtoken');\nexports.issue = (user) => jwt.sign({ id: user.id }, '${key}');\n`,
    });
    expect(findings.map((finding) => finding.ruleId)).toEqual(['js/hardcoded-key']);
    expect(JSON.stringify(findings)).not.toContain(key);
  });

  it('takes_no_word_of_a_test_for_a_secret_of_the_program', async () => {
    const word = ['pw', 'of', 'a', 'test'].join('-');
    const connect = "const { Pool } = require('pg');\nexports.connect = (password) => new Pool({ password });\n";
    const use = `require('PLACE').connect('${word}');\n`;
    const inTest = await analyzeFiles({ 'src/connect.js': connect, 'test/connect.test.js': use.replace('PLACE', '../src/connect') });
    expect(inTest.findings.map((finding) => finding.ruleId)).toEqual([]);
    const inUse = await analyzeFiles({ 'src/connect.js': connect, 'src/main.js': use.replace('PLACE', './connect') });
    expect(inUse.findings.map((finding) => finding.ruleId)).toEqual(['js/hardcoded-credential']);
  });

  it('is_less_sure_in_test_code_and_silent_where_the_rule_says_so', async () => {
    const random = 'const token = Math.random().toString(36);\n';
    const { findings } = await analyzeFiles({ 'src/a.test.js': injection + random, 'src/b.js': injection + random });
    expect(findings.map((finding) => [finding.location.path, finding.ruleId, finding.confidence])).toEqual([
      ['src/a.test.js', 'js/sql-injection', 'medium'],
      ['src/b.js', 'js/sql-injection', 'high'],
      ['src/b.js', 'js/insecure-random', 'medium'],
    ]);
  });

  it('is_less_sure_when_a_name_stood_in_for_a_type', async () => {
    const { findings } = await analyzeFiles({
      'src/a.js': "const db = require('./missing');\nexports.f = (req, res) => db.query('a' + req.query.b);\n",
    });
    expect(findings.map((finding) => finding.confidence)).toEqual(['medium']);
  });

  it('is_the_same_each_time_and_in_any_order_of_files', async () => {
    const files = { 'src/a.js': injection, 'src/b.js': injection };
    const first = await analyzeFiles(files);
    const again = await analyzeFiles({ 'src/b.js': injection, 'src/a.js': injection });
    expect(first).toEqual(again);
  });
});

describe('the analyzer', () => {
  it.each([
    ['src/a.ts', true],
    ['src/a.mjs', true],
    ['src/a.tsx', true],
    ['src/a.d.ts', false],
    ['src/a.d.mts', false],
    ['node_modules/a/index.js', false],
    ['packages/a/node_modules/b.js', false],
    ['dist/a.js', true],
    ['vendor/a.js', false],
    ['public/a.min.js', false],
    ['a.json', false],
  ])('asked_whether_it_wants_%s_answers_%s', (path, wanted) => {
    expect(sast.wants(path)).toBe(wanted);
  });

  it('refuses_to_start_with_a_model_that_it_does_not_understand', async () => {
    const broken = [{ path: 'broken.yaml', document: { id: 'broken', sinks: [{ at: 'nonsense(0)', kind: 'sql' }] } }];
    const result = await sast.load({ read: (name) => new TextEncoder().encode(JSON.stringify(name === 'sast.models.json' ? broken : [])) });
    assert(!result.ok, 'the load fails');
    expect(result.error.code).toBe('analyzer.rules_invalid');
    expect(result.error.detail).toContain('nonsense');
  });
});
