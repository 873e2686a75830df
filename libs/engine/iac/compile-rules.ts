import { err, ok, type Result } from '@lib/kernel';
import type { LoadError } from '@lib/engine/sdk';
import { checkConditions } from './model/check-conditions.ts';
import type { Fault, Predicate } from './model/fault.ts';
import type { Format, Subject } from './model/subject.ts';
import { predicates } from './predicates/predicates.ts';
import type { IacRule, RuleMatch } from './rule-schema.ts';

/** Every check that concerns a kind of subject. */
export type CompiledRules = { readonly checksOf: (format: Format, type: string) => readonly Check[] };
/** One way in which a rule matches. */
export type Check = { readonly rule: IacRule; readonly faults: (subject: Subject) => readonly Fault[] };

/** Indexes the rules by what they speak about. Errors: `analyzer.rules_invalid` when a rule names a predicate that does not exist. */
export function compileRules(rules: readonly IacRule[], asset: string): Result<CompiledRules, LoadError> {
  const index = new Map<string, Check[]>();
  for (const rule of rules) {
    for (const match of rule.match) {
      const predicate = match.predicate === undefined ? undefined : predicates.get(match.predicate);
      if (match.predicate !== undefined && predicate === undefined) {
        return err({ code: 'analyzer.rules_invalid', asset, detail: `${rule.id}: no predicate ${match.predicate}` });
      }
      for (const type of match.subject) {
        const key = `${match.format} ${type}`;
        const checks = index.get(key) ?? [];
        index.set(key, checks);
        checks.push({ rule, faults: (subject) => faultsOf(subject, match, predicate) });
      }
    }
  }
  return ok({ checksOf: (format, type) => index.get(`${format} ${type}`) ?? [] });
}

function faultsOf(subject: Subject, match: RuleMatch, predicate: Predicate | undefined): readonly Fault[] {
  if (checkConditions(subject, match.where).truth !== 'yes') return [];
  const answer = checkConditions(subject, match.when);
  if (answer.truth !== 'yes') return [];
  if (predicate !== undefined) return predicate(subject);
  return [{ place: match.at === 'subject' ? subject.place : (answer.place ?? subject.head) }];
}
