import { describe, expect, it } from 'vitest';
import { analyzeFiles } from '../../analyze-files.spec-support.ts';

const route = (body: string): string => `import os
from flask import Flask, request
app = Flask(__name__)

@app.route('/x')
def view():
    x = request.args['x']
${body
  .split('\n')
  .map((line) => `    ${line}`)
  .join('\n')}
    os.system('echo ' + x)
`;
const nested = (count: number, line: string): string =>
  Array.from({ length: count }, (_, depth) => `${' '.repeat(depth)}${line}\n`).join('');

describe('hostile Python', () => {
  it.each([
    ['parentheses', `x = ${'('.repeat(50_000)}1${')'.repeat(50_000)}`],
    ['calls', `x = ${'f('.repeat(50_000)}1${')'.repeat(50_000)}`],
    ['lists', `x = ${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['lambdas', `x = ${'lambda a: '.repeat(50_000)}a`],
    ['negations', `x = ${'not '.repeat(100_000)}a`],
    ['chains', `x = a${'.b()'.repeat(100_000)}`],
    ['conditions', `x = ${'a if b else '.repeat(50_000)}c`],
    ['blocks', `${nested(1_200, 'if a:')}${' '.repeat(1_200)}pass\n`],
    ['functions', `${nested(1_200, 'def f():')}${' '.repeat(1_200)}pass\n`],
    ['unclosed brackets', '('.repeat(300_000)],
    ['formatted texts', `x = ${'f"{'.repeat(20_000)}1${'}"'.repeat(20_000)}`],
  ])(
    'nesting_by_%s_costs_coverage_and_not_the_scan',
    async (_name, text) => {
      const { findings, coverage } = await analyzeFiles({ 'src/bomb.py': text, 'src/good.py': route('pass') });
      expect(new Set(coverage.map((entry) => entry.path))).toEqual(new Set(['src/bomb.py']));
      for (const { reason } of coverage) expect(reason).toMatch(/^(?:limit_reached|syntax_error)$/u);
      expect(findings.map((finding) => finding.location.path)).toEqual(['src/good.py']);
    },
    60_000,
  );

  it.each([
    ['sum', `x = ${"'a' + ".repeat(3_000)}x`],
    ['list of statements', 'a = 1\n'.repeat(20_000)],
    ['list of ifs', "if x == 'a': x = x + 'b'\n".repeat(1_000)],
    ['list of elifs', `if x == 'a': x = x + 'b'\n${"elif x == 'a': x = x + 'b'\n".repeat(1_000)}`],
    ['list of values', `all = [${'1, '.repeat(30_000)}1]`],
  ])(
    'a_long_%s_is_analysed_to_the_end',
    async (_name, body) => {
      const { findings, coverage } = await analyzeFiles({ 'src/good.py': route(body) });
      expect(coverage).toEqual([]);
      expect(findings.map((finding) => finding.ruleId)).toContain('python/command-injection');
    },
    60_000,
  );

  it('a_file_with_an_error_is_reported_and_analysed_as_far_as_it_was_understood', async () => {
    const { findings, coverage } = await analyzeFiles({ 'src/good.py': `${route('pass')}\ndef (:\n` });
    expect(coverage.map((entry) => entry.reason)).toEqual(['syntax_error']);
    expect(findings.map((finding) => finding.ruleId)).toContain('python/command-injection');
  });
});
