import type { SuppressedState, SuppressionScope } from '@lib/contract';

/** How a decision is said. */
export const decisionWords: Readonly<Record<SuppressedState, string>> = {
  accepted_risk: 'The risk is accepted',
  false_positive: 'It is a false positive',
};

/** What a claim is about, in a sentence. */
export function scopeText(scope: SuppressionScope): string {
  switch (scope.kind) {
    case 'finding':
      return 'the findings that are listed, as long as what was found stays the same';
    case 'rule':
      return `version ${String(scope.ruleVersion)} of ${scope.ruleId} in ${scope.path} and below, now and later`;
    case 'advisory':
      return `${scope.advisoryIds.join(', ')}, in every repository of the organisation, now and later`;
  }
}
