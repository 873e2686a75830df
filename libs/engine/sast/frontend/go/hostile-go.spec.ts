import { describe, expect, it } from 'vitest';
import { analyzeFiles } from '../../analyze-files.spec-support.ts';

const handler = (body: string): string => `package main

import (
	"net/http"
	"os/exec"
)

func view(w http.ResponseWriter, r *http.Request) {
	x := r.FormValue("x")
	${body}
	exec.Command("sh", "-c", x).Run()
}
`;
const inFunction = (text: string): string => `package main\n\nfunc f() {\n${text}\n}\n`;

describe('hostile Go', () => {
  it.each([
    ['parentheses', inFunction(`x = ${'('.repeat(50_000)}1${')'.repeat(50_000)}`)],
    ['calls', inFunction(`x = ${'f('.repeat(50_000)}1${')'.repeat(50_000)}`)],
    ['blocks', inFunction('{'.repeat(50_000) + '}'.repeat(50_000))],
    ['functions', inFunction(`x = ${'func() { x = '.repeat(20_000)}1${'}'.repeat(20_000)}`)],
    ['negations', inFunction(`x = ${'!'.repeat(100_000)}a`)],
    ['chains', inFunction(`x = a${'.b()'.repeat(100_000)}`)],
    ['composites', inFunction(`x = ${'[]a{'.repeat(30_000)}${'}'.repeat(30_000)}`)],
    ['unclosed brackets', inFunction('('.repeat(300_000))],
  ])(
    'nesting_by_%s_costs_coverage_and_not_the_scan',
    async (_name, text) => {
      const { findings, coverage } = await analyzeFiles({ 'src/bomb.go': text, 'good/good.go': handler('') });
      expect(new Set(coverage.map((entry) => entry.path))).toEqual(new Set(['src/bomb.go']));
      for (const { reason } of coverage) expect(reason).toMatch(/^(?:limit_reached|syntax_error)$/u);
      expect(findings.map((finding) => finding.location.path)).toEqual(['good/good.go']);
    },
    60_000,
  );

  it.each([
    ['sum', `x = ${'"a" + '.repeat(3_000)}x`],
    ['list of statements', 'a = b\n'.repeat(20_000)],
    ['list of ifs', 'if x == "a" { x = x + "b" }\n'.repeat(1_000)],
    ['list of values', `all := []int{${'1, '.repeat(30_000)}1}`],
  ])(
    'a_long_%s_is_analysed_to_the_end',
    async (_name, body) => {
      const { findings, coverage } = await analyzeFiles({ 'src/good.go': handler(body) });
      expect(coverage).toEqual([]);
      expect(findings.map((finding) => finding.ruleId)).toContain('go/command-injection');
    },
    60_000,
  );
});
