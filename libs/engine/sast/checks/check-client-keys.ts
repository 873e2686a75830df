import type { SastRule } from '../rules/rule-schema.ts';
import type { SinkHit } from '../taint/sink-hits.ts';
import type { RuleMatch } from './match.ts';

/** Finds limits that count by a value which each client may choose anew: a header that no proxy of ours need have written. */
export function checkClientKeys(rule: SastRule, hits: readonly SinkHit[]): readonly RuleMatch[] {
  return hits.flatMap((hit) => {
    if (hit.kind !== 'rate-key') return [];
    return hit.value.objects.flatMap((object) =>
      (object.closure?.instances ?? []).flatMap((instance) => {
        const taint = instance.returned.taints.find(({ source }) => source.origin === 'request' && source.label.includes('header'));
        if (taint === undefined) return [];
        const { fn, unit } = instance;
        const site = { path: unit.module.path, start: fn.start, end: fn.end };
        const base = { ruleId: rule.id, site, instance, id: undefined, taint, label: hit.label };
        return [{ ...base, guessed: hit.guessed, low: false, secret: undefined }];
      }),
    );
  });
}
