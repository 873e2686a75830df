import { limits } from '@lib/contract';
import type { SastRule } from '../rules/rule-schema.ts';
import type { Session } from '../taint/session.ts';
import { sinkHits, type SinkHit } from '../taint/sink-hits.ts';
import { checkClientKeys } from './check-client-keys.ts';
import { checkComparisons } from './check-comparisons.ts';
import { checkHostSubstrings } from './check-host-substrings.ts';
import { checkOpenCors } from './check-open-cors.ts';
import { checkOpenOperations } from './check-open-operations.ts';
import { checkOwnerFilter } from './check-owner-filter.ts';
import { checkWeakHashes } from './check-weak-hashes.ts';
import { checkRandomSecrets } from './check-random-secrets.ts';
import { checkRegexps } from './check-regexps.ts';
import { checkTenantFilter } from './check-tenant-filter.ts';
import type { RuleMatch } from './match.ts';
import { matchHit, type RulesBySink } from './match-hits.ts';

/** Everything that the rules say of a finished analysis. */
export function findMatches(session: Session, rules: readonly SastRule[], bySink: RulesBySink): readonly RuleMatch[] {
  const hits = sinkHits(session);
  const matches: RuleMatch[] = hits.flatMap((hit) => matchHit(session, bySink, hit));
  for (const rule of rules) {
    for (const match of rule.match) if (match.kind === 'check') matches.push(...runCheck(session, { rule, match, hits }));
  }
  return withoutYielding(rules, matches);
}

/** Leaves out what a surer rule says of the same place. */
function withoutYielding(rules: readonly SastRule[], matches: readonly RuleMatch[]): readonly RuleMatch[] {
  const placeOf = (ruleId: string, { site }: RuleMatch): string => `${ruleId} ${site.path} ${String(site.start)} ${String(site.end)}`;
  const said = new Set(matches.map((match) => placeOf(match.ruleId, match)));
  const yielding = new Map(rules.map((rule) => [rule.id, rule.yieldsTo]));
  return matches.filter((match) => !(yielding.get(match.ruleId) ?? []).some((surer) => said.has(placeOf(surer, match))));
}

type Check = {
  readonly rule: SastRule;
  readonly match: Extract<SastRule['match'][number], { kind: 'check' }>;
  readonly hits: readonly SinkHit[];
};

const regexpBounds = { positionsMax: limits.sastRegexpPositionsMax, pairsMax: limits.sastRegexpPairsMax };

function runCheck(session: Session, { rule, match, hits }: Check): readonly RuleMatch[] {
  const { origins } = match;
  switch (match.name) {
    case 'redos':
      return checkRegexps(session, { rule, origins, degree: 'exponential', bounds: regexpBounds });
    case 'polynomial-redos':
      return checkRegexps(session, { rule, origins, degree: 'polynomial', bounds: regexpBounds });
    case 'timing-comparison':
      return checkComparisons(session, rule);
    case 'random-secret':
      return checkRandomSecrets(session, rule);
    case 'tenant-filter':
      return checkTenantFilter(session, rule, hits);
    case 'weak-hash':
      return checkWeakHashes(session, rule, hits);
    case 'open-cors':
      return checkOpenCors(session, rule, hits);
    case 'owner-filter':
      return checkOwnerFilter(session, rule, hits);
    case 'host-substring':
      return checkHostSubstrings(session, rule);
    case 'client-chosen-key':
      return checkClientKeys(rule, hits);
    case 'open-operations':
      return checkOpenOperations(session, rule);
  }
}
