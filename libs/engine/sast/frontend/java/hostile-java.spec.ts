import { describe, expect, it } from 'vitest';
import { analyzeFiles } from '../../analyze-files.spec-support.ts';

const servlet = (body: string): string => `import javax.servlet.http.*;
class Good extends HttpServlet {
  java.sql.Statement statement;
  public void doGet(HttpServletRequest request, HttpServletResponse response) throws Exception {
    String x = request.getParameter("x");
    ${body}
    statement.executeQuery("SELECT " + x);
  }
}
`;
const inMethod = (text: string): string => `class Bomb { void f() { ${text} } }`;

describe('hostile Java', () => {
  it.each([
    ['parentheses', inMethod(`x = ${'('.repeat(50_000)}1${')'.repeat(50_000)};`)],
    ['calls', inMethod(`x = ${'f('.repeat(50_000)}1${')'.repeat(50_000)};`)],
    ['blocks', inMethod('{'.repeat(100_000) + '}'.repeat(100_000))],
    ['classes', 'class A{'.repeat(50_000) + '}'.repeat(50_000)],
    ['lambdas', inMethod(`x = ${'a->'.repeat(100_000)}a;`)],
    ['negations', inMethod(`x = ${'!'.repeat(300_000)}a;`)],
    ['chains', inMethod(`x = a${'.b()'.repeat(100_000)};`)],
    ['else if', inMethod(`if(a){}${'else if(a){}'.repeat(50_000)}`)],
    ['generics', `class A { ${'List<'.repeat(50_000)}A${'>'.repeat(50_000)} x; }`],
    ['unclosed brackets', inMethod('('.repeat(300_000))],
    ['garbage', '@#{ <( "'.repeat(50_000)],
  ])(
    'nesting_by_%s_costs_one_coverage_entry_and_not_the_scan',
    async (_name, text) => {
      const { findings, coverage } = await analyzeFiles({ 'src/Bomb.java': text, 'src/Good.java': servlet('') });
      expect(coverage.map((entry) => [entry.path, entry.reason])).toEqual([
        ['src/Bomb.java', expect.stringMatching(/^(?:limit_reached|syntax_error)$/u)],
      ]);
      expect(findings.map((finding) => finding.location.path)).toEqual(['src/Good.java']);
    },
    60_000,
  );

  it.each([
    ['sum', `x = ${"'a' + ".repeat(3_000)}x;`],
    ['list of statements', 'a = b;\n'.repeat(20_000)],
    ['list of ifs', 'if (x.equals("a")) x = x + "b";\n'.repeat(1_000)],
    ['list of changes of a list', `java.util.List<String> all = new java.util.ArrayList<>();\n${'all.add(x);\n'.repeat(5_000)}`],
    ['list of values', `String[] all = {${'"a", '.repeat(30_000)}"a"};`],
  ])(
    'a_long_%s_is_analysed_to_the_end',
    async (_name, body) => {
      const { findings, coverage } = await analyzeFiles({ 'src/Good.java': servlet(body) });
      expect(coverage).toEqual([]);
      expect(findings.map((finding) => finding.ruleId)).toContain('java/sql-injection');
    },
    60_000,
  );

  it('a_file_with_an_error_is_reported_and_analysed_as_far_as_it_was_understood', async () => {
    const { findings, coverage } = await analyzeFiles({ 'src/Good.java': servlet('int = ;') });
    expect(coverage.map((entry) => entry.reason)).toEqual(['syntax_error']);
    expect(findings.map((finding) => finding.ruleId)).toContain('java/sql-injection');
  });
});
