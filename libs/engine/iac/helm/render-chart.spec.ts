import { sourceText } from '@lib/engine/sdk';
import { present } from '@lib/kernel';
import { describe, expect, it } from 'vitest';
import { chartsOf, renderChart } from './render-chart.ts';

type Files = Readonly<Record<string, string>>;

function render(files: Files): ReturnType<typeof renderChart> {
  const sourceOf = (text: string) => {
    const source = sourceText(new TextEncoder().encode(text));
    return present(source.ok ? source.value : undefined, 'source');
  };
  const sources = Object.entries({ 'Chart.yaml': 'name: shop\nversion: 1.2.0\nappVersion: "3"\n', ...files }).map(([path, text]) => ({
    path,
    sha256: 'a'.repeat(64),
    source: sourceOf(text),
  }));
  const [chart] = chartsOf(sources);
  return chart === undefined ? { manifests: [], left: [] } : renderChart(chart);
}

function written(template: string, values = '', helpers = ''): string | undefined {
  const { manifests } = render({ 'values.yaml': values, 'templates/a.yaml': template, 'templates/_helpers.tpl': helpers });
  return manifests[0]?.source.text;
}

describe('a_template_is_written_out_as_helm_does', () => {
  it.each([
    ['a: {{ .Values.x }}', 'x: 1', 'a: 1'],
    ['a: {{ .Values.none }}', '', 'a: '],
    ['a: {{ .Values.x.y | quote }}', 'x: { y: b }', 'a: "b"'],
    ['a: {{ .Values.x | default "d" }}', '', 'a: d'],
    ['a: {{ default .Chart.Version .Values.tag }}', '', 'a: 1.2.0'],
    ['a: {{ .Chart.AppVersion }}', '', 'a: 3'],
    ['a:\n  {{- toYaml .Values.x | nindent 2 }}', 'x: { b: [1, 2] }', 'a:\n  b:\n    - 1\n    - 2'],
    ['{{- if .Values.on }}\na: 1\n{{- else }}\na: 2\n{{- end }}', 'on: true', '\na: 1'],
    ['{{- if .Values.on }}\na: 1\n{{- else if eq .Values.n 2 }}\na: 3\n{{- else }}\na: 2\n{{- end }}', 'on: false\nn: 2', '\na: 3'],
    ['{{- if and .Values.a (not .Values.b) }}yes{{ end }}', 'a: true\nb: false', 'yes'],
    ['{{ with .Values.x }}{{ .y }}{{ end }}', 'x: { y: 1 }', '1'],
    ['{{ range .Values.l }}-{{ . }}{{ end }}', 'l: [a, b]', '-a-b'],
    ['{{ range $k, $v := .Values.m }}{{ $k }}={{ $v }};{{ end }}', 'm: { b: 2, a: 1 }', 'a=1;b=2;'],
    ['{{ range .Values.l }}x{{ else }}none{{ end }}', 'l: []', 'none'],
    ['{{ $x := "a" }}{{ if true }}{{ $x = "b" }}{{ end }}{{ $x }}', '', 'b'],
    ['{{ $n := 0 }}{{ range .Values.l }}{{ $n = add $n . }}{{ end }}{{ $n }}', 'l: [1, 2]', '3'],
    ['{{/* a comment }} */}}a', '', 'a'],
    ['{{ printf "%s-%d" .Values.x 2 }}', 'x: a', 'a-2'],
    ['{{ .Values.x | trunc 3 | trimSuffix "-" }}', 'x: ab-cd', 'ab'],
    ['{{ ternary "a" "b" .Values.x }}', 'x: false', 'b'],
    ['{{ (index .Values.l 1).n }}', 'l: [{ n: 1 }, { n: 2 }]', '2'],
    ['{{ if semverCompare ">=1.19-0" .Capabilities.KubeVersion.GitVersion }}new{{ end }}', '', 'new'],
    ['{{ if .Values.x }}a{{ end }}', 'x: ""', ''],
    ['{{ .Values.a | b64enc }}', 'a: hi', 'aGk='],
    ['a: {{ .Release.Namespace }}', '', 'a: \uFFFC'],
  ])('%s', (template, values, expected) => {
    expect(written(template, values)).toBe(expected);
  });

  it('named_templates_see_what_they_are_given', () => {
    const helpers = '{{- define "shop.name" -}}\n{{ .Chart.Name }}-{{ .Values.x }}\n{{- end -}}';
    expect(written('a: {{ include "shop.name" . | upper }}', 'x: 1', helpers)).toBe('a: SHOP-1');
    expect(written('a: {{ template "shop.name" . }}', 'x: 1', helpers)).toBe('a: shop-1');
  });
});

describe('what_cannot_be_written_out_is_said', () => {
  it.each([
    ['{{ if lookup "v1" "Secret" "a" "b" | unknownFunction }}a{{ end }}', 'a condition asks for what only the cluster knows'],
    ['{{ range .Files.Glob "*" }}a{{ end }}', 'a loop runs over what only the cluster knows'],
    ['{{ include "other.name" . }}', 'the template other.name is not in the chart'],
    ['{{ fail "no" }}', 'it refuses its own values'],
    ['{{ if .Values.x }}a', 'its syntax is not understood'],
    ['{{ end }}', 'its syntax is not understood'],
    ['{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}', 'it is too long or too deep'],
  ])('%s', (template, detail) => {
    const { manifests, left } = render({ 'templates/a.yaml': template });
    expect(manifests).toEqual([]);
    expect(left.map((one) => one.detail)).toEqual([detail]);
  });
});

describe('places', () => {
  it('are_those_of_the_template', () => {
    const template = '{{- if true }}\na: 1\n{{- end }}\n{{ range .Values.l }}\nb: {{ . }}\n{{ end }}\nc: 2\n';
    const { manifests } = render({ 'values.yaml': 'l: [1, 2, 3]\n', 'templates/a.yaml': template });
    const source = manifests[0]?.source;
    const lineOf = (part: string): number | undefined => source?.position(source.text.indexOf(part)).line;
    expect([lineOf('a: 1'), lineOf('b: 3'), lineOf('c: 2')]).toEqual([2, 5, 7]);
    expect(source?.line(7)).toBe('c: 2');
  });
});
