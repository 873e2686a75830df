import { limits, type Confidence, type Severity } from '@lib/contract';
import type { SarifMessage, SarifResult, SarifRule, SarifRun } from './sarif-schema.ts';

/** The rule of a result: by its index in the component that it names, else by its id anywhere. Source: SARIF 2.1.0 section 3.52. */
export function ruleOf(run: SarifRun): (result: SarifResult) => SarifRule | undefined {
  const components = [run.tool.driver, ...(run.tool.extensions ?? [])];
  const byId = new Map(components.flatMap(({ rules }) => (rules ?? []).map((rule) => [rule.id, rule])));
  return (result) => {
    const indexed = indexedRule(run, result);
    const id = result.ruleId ?? result.rule?.id;
    if (indexed !== undefined && (id === undefined || id === indexed.id || id.startsWith(`${indexed.id}/`))) return indexed;
    return id === undefined ? undefined : byId.get(id);
  };
}

function indexedRule({ tool }: SarifRun, { ruleIndex, rule }: SarifResult): SarifRule | undefined {
  const extension = rule?.toolComponent?.index;
  const component = extension === undefined ? tool.driver : tool.extensions?.[extension];
  return component?.rules?.[rule?.index ?? ruleIndex ?? -1];
}

/** How bad a result is: the figure that code hosts read, else the level. Source: GitHub, "SARIF support for code scanning". */
export function severityOf(result: SarifResult, rule: SarifRule | undefined): Severity {
  const figure = [result.properties, rule?.properties].map((bag) => Number(bag?.['security-severity'] ?? NaN)).find((score) => score >= 0);
  if (figure !== undefined) return ofFigure(figure);
  switch (result.level ?? rule?.defaultConfiguration?.level) {
    case 'error':
      return 'high';
    case 'note':
      return 'low';
    case 'none':
      return 'info';
    default:
      return 'medium';
  }
}

function ofFigure(score: number): Severity {
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  return score > 0 ? 'low' : 'info';
}

const confidences: Readonly<Record<string, Confidence>> = { 'very-high': 'high', high: 'high', medium: 'medium', low: 'low' };

/** How sure the tool is, where it says so. */
export function confidenceOf(result: SarifResult, rule: SarifRule | undefined): Confidence {
  const words = [result.properties?.['confidence'], rule?.properties?.['precision'], rule?.properties?.['confidence']];
  const known = words.flatMap((word) => (typeof word === 'string' ? (confidences[word.toLowerCase()] ?? []) : []));
  return known[0] ?? 'medium';
}

/** Weaknesses that a rule or result names: tags such as `external/cwe/cwe-079` and `CWE-79: ...`, taxa, relations. */
export function weaknessesOf(result: SarifResult, rule: SarifRule | undefined): number[] {
  const related = [...(rule?.relationships ?? []).map(({ target }) => target.id), ...(result.taxa ?? []).map(({ id }) => id)];
  const bags = [rule?.properties, result.properties].flatMap((bag) => [bag?.['tags'], bag?.['cwe'], bag?.['CWE']]).flat();
  const numbers = [...bags, ...related].flatMap((word: unknown) => {
    const digits = typeof word === 'string' ? /(?:^|[^a-z])cwe[-_: ]?0*(\d{1,4})(?!\d)/iu.exec(word)?.[1] : undefined;
    return digits === undefined ? [] : [Number(digits)];
  });
  return [...new Set(numbers)].filter((number) => number >= 1).slice(0, limits.cwePerFindingMax);
}

/** The text of a message, with the rule's own words and arguments put in and links reduced to theirs. Source: SARIF 2.1.0 section 3.11. */
export function textOf(message: SarifMessage | undefined, rule: SarifRule | undefined): string {
  const listed = message?.id === undefined ? undefined : rule?.messageStrings?.[message.id];
  const written = [message?.text, listed?.text, message?.markdown, listed?.markdown].find((text) => text !== undefined) ?? '';
  const filled = written.replaceAll(/\{(\d{1,3})\}/gu, (whole, index: string) => message?.arguments?.[Number(index)] ?? whole);
  return filled
    .replaceAll(/\[((?:[^\\[\]]|\\.){1,500})\]\([^)]{0,500}\)/gu, '$1')
    .replaceAll('\u0000', '')
    .trim();
}
