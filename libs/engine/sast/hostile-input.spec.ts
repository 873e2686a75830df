import { describe, expect, it } from 'vitest';
import { analyzeFiles } from './analyze-files.spec-support.ts';

const sink = "\napp.get('/x', (req, res) => res.send('<p>' + req.query.x));\n";

describe('hostile input', () => {
  it.each([
    ['parentheses', `x = ${'('.repeat(10_000)}1${')'.repeat(10_000)};`],
    ['calls', `x = ${'f('.repeat(10_000)}1${')'.repeat(10_000)};`],
    ['arrays', `x = ${'['.repeat(200_000)}${']'.repeat(200_000)};`],
    ['functions', `x = ${'()=>{'.repeat(50_000)}${'}'.repeat(50_000)};`],
    ['templates', `x = ${'`${'.repeat(20_000)}1${'}`'.repeat(20_000)};`],
    ['blocks', `${'{'.repeat(100_000)}${'}'.repeat(100_000)}`],
    ['unclosed brackets', '('.repeat(300_000)],
    ['negations', `x = ${'!'.repeat(300_000)}a;`],
    ['negations over lines', `x = ${'typeof\n'.repeat(100_000)}a;`],
    ['powers', `x = ${'a**'.repeat(100_000)}a;`],
    ['conditions', `x = ${'a?b:'.repeat(100_000)}c;`],
    ['assignments', `${'a='.repeat(100_000)}1;`],
    ['long sums', `x = ${'a+'.repeat(100_000)}a;`],
    ['long chains', `x = a${'.b()'.repeat(100_000)};`],
    ['else if', `if(a){}${'else if(a){}'.repeat(60_000)}`],
    ['arrows', `x = ${'a=>'.repeat(100_000)}a;`],
    ['ifs without braces', `${'if(a)\n'.repeat(100_000)}b;`],
    ['labels', `${'a:'.repeat(100_000)}b;`],
    ['markup', `x = ${'<a>'.repeat(50_000)}${'</a>'.repeat(50_000)};`],
    ['types', `type A = ${'B['.repeat(50_000)}${']'.repeat(50_000)};`],
  ])('nesting_by_%s_costs_one_coverage_entry_and_not_the_scan', async (_name, text) => {
    const { findings, coverage } = await analyzeFiles({ 'src/bomb.tsx': text, 'src/good.js': sink });
    expect(coverage.map((entry) => [entry.path, entry.reason])).toEqual([
      ['src/bomb.tsx', expect.stringMatching(/^(?:limit_reached|syntax_error)$/u)],
    ]);
    expect(findings.map((finding) => finding.location.path)).toEqual(['src/good.js']);
  });

  it.each([
    ['sum', `app.get('/x', (req, res) => { res.send(${"'a' + ".repeat(3_000)}req.query.x); });`],
    ['chain of calls', `app.get('/x', (req, res) => { res.send(req.query.x${'.trim()'.repeat(100)}); });`],
    ['list of statements', `${'a = b;\n'.repeat(20_000)}${sink}`],
    [
      'list of ifs',
      `app.get('/x', (req, res) => { let y = req.query.x;\n${"if (y === 'a') y = y + 'b';\n".repeat(2_000)} res.send(y); });`,
    ],
    ['list of functions', `${'function f() { return f; }\n'.repeat(5_000)}${sink}`],
    ['list of values', `const list = [${'1, '.repeat(50_000)}1];${sink}`],
  ])('a_long_%s_is_analysed_to_the_end', async (_name, text) => {
    const { findings, coverage } = await analyzeFiles({ 'src/long.js': text });
    expect(coverage).toEqual([]);
    expect(findings.map((finding) => finding.ruleId)).toContain('js/reflected-xss');
  });

  it('functions_that_call_each_other_in_every_way_end', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `f${String(index)}`);
    const bodies = names.map(
      (name) => `function ${name}(a, b) { ${names.map((other) => `if (a) ${other}(b, a + '${name}');`).join(' ')} return ${name}(b, a); }`,
    );
    const { coverage } = await analyzeFiles({
      'src/knot.js': `${bodies.join('\n')}\napp.get('/x', (req, res) => { f0(req.query.a, 'b'); });`,
    });
    expect(coverage.every((entry) => entry.reason === 'limit_reached')).toBe(true);
  });

  it('a_file_with_an_error_is_reported_and_analysed_as_far_as_it_was_understood', async () => {
    const { coverage } = await analyzeFiles({ 'src/broken.js': 'const a = ;\nfunction (' });
    expect(coverage.map((entry) => entry.reason)).toEqual(['syntax_error']);
  });

  it('bytes_that_are_no_text_are_reported', async () => {
    const { coverage } = await analyzeFiles({ 'src/binary.js': 'a\u0000b' });
    expect(coverage.map((entry) => entry.reason)).toEqual(['binary']);
  });

  it('more_findings_than_a_file_may_have_are_cut_and_reported', async () => {
    const line = (index: number): string => `app.get('/${String(index)}', (req, res) => res.send('<p>' + req.query.x${String(index)}));`;
    const { findings, coverage } = await analyzeFiles({ 'src/many.js': Array.from({ length: 600 }, (_, index) => line(index)).join('\n') });
    expect(findings.length).toBe(500);
    expect(coverage).toEqual([{ path: 'src/many.js', reason: 'limit_reached', detail: 'findings in one file' }]);
  });
});
