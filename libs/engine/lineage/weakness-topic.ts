import type { FindingDraft } from '@lib/contract';

/**
 * Weaknesses that tools name differently and mean alike, the more particular first: a rule that names several is about the first of this
 * list. One that is not here is a topic of its own. Source: CWE, views 699 and 1000.
 */
const topics: readonly (readonly [topic: string, ...weaknesses: number[]])[] = [
  ['code', 94, 95, 96, 98, 917, 1336],
  ['command', 77, 78, 88],
  ['query', 89, 564, 943],
  ['ldap', 90],
  ['xpath', 643, 652],
  ['deserialization', 502],
  ['xml-entity', 611, 776, 827],
  ['path', 22, 23, 24, 36, 73],
  ['request', 918],
  ['redirect', 601],
  ['prototype', 1321],
  ['regex', 1333, 730],
  ['header', 113, 93],
  ['log', 117],
  ['credential', 798, 259, 321, 260, 547],
  ['random', 330, 331, 334, 335, 338],
  ['crypto', 326, 327, 328, 916, 310],
  ['certificate', 295, 297],
  ['script', 79, 80, 83, 87],
  ['csrf', 352],
  ['origin', 942, 346],
];

const topicOfWeakness = new Map(topics.flatMap(([topic, ...weaknesses]) => weaknesses.map((weakness) => [weakness, topic] as const)));
const rankOfTopic = new Map(topics.map(([topic], index) => [topic, index]));

// Tools that name no weakness. The first part of the id is the tool, as imports write it.
const ruleTopics: readonly (readonly [pattern: RegExp, topic: string])[] = [
  [/^(?:gitleaks|trufflehog|detect-secrets|secretlint|betterleaks)(?:-[a-z0-9-]*)?\//u, 'credential'],
  [/^eslint\/(?:security\/detect-child-process)$/u, 'command'],
  [/^eslint\/(?:security\/detect-eval-with-expression|no-eval|no-implied-eval|no-new-func)$/u, 'code'],
  [/^eslint\/(?:security\/detect-non-literal-fs-filename)$/u, 'path'],
  [/^eslint\/(?:security\/detect-(?:unsafe|non-literal)-regexp?)$/u, 'regex'],
  [/^eslint\/(?:security\/detect-pseudorandombytes)$/u, 'random'],
  [/^eslint\/(?:no-unsanitized\/(?:method|property)|react\/no-danger)$/u, 'script'],
];

/** The one topic of a report: two reports of one place are of one flaw only if it is the same. */
export function topicOf({ analyzer, ruleId, cwe }: Pick<FindingDraft, 'analyzer' | 'ruleId' | 'cwe'>): string {
  if (analyzer === 'secrets') return 'credential';
  const known = ruleTopics.find(([pattern]) => pattern.test(ruleId))?.[1];
  if (known !== undefined) return known;
  const named = cwe.flatMap((weakness) => topicOfWeakness.get(weakness) ?? []);
  const first = named.toSorted((a, b) => (rankOfTopic.get(a) ?? 0) - (rankOfTopic.get(b) ?? 0))[0];
  if (first !== undefined) return first;
  return cwe[0] === undefined ? `rule ${ruleId}` : `cwe ${String(cwe[0])}`;
}
