import type { RuleHead } from '@lib/contract';
import { grammarOf } from '@lib/contract';
import type { SastRule } from './rule-schema.ts';

/** The rule as it is told for the language of a file; undefined when it does not speak of that language. */
export function ruleFor(rule: SastRule, path: string): SastRule | undefined {
  const language = grammarOf(path);
  return language === undefined ? rule : variantOf(rule, language);
}

/** Every rule under every name that a finding may have. */
export function withVariants(rules: readonly SastRule[]): readonly RuleHead[] {
  return rules.flatMap((rule) => [rule, ...languagesOf(rule).flatMap((language) => variantOf(rule, language) ?? [])]);
}

const variants = new WeakMap<SastRule, Map<string, SastRule>>();

function variantOf(rule: SastRule, language: keyof SastRule['variants']): SastRule | undefined {
  const told = rule.variants[language];
  if (told === undefined) return undefined;
  const known = variants.get(rule)?.get(language);
  if (known !== undefined) return known;
  const { remediation, title = rule.title, motivation = rule.motivation } = told;
  const made: SastRule = { ...rule, title, motivation, remediation, id: `${language}/${rule.id.slice(rule.id.indexOf('/') + 1)}` };
  const all = variants.get(rule) ?? new Map<string, SastRule>();
  variants.set(rule, all.set(language, made));
  return made;
}

function languagesOf(rule: SastRule): readonly (keyof SastRule['variants'])[] {
  return (['java', 'python', 'go'] as const).filter((language) => rule.variants[language] !== undefined);
}
