import { limits } from '@lib/contract';
import type { Match, SastRule } from '../rules/rule-schema.ts';
import type { Session } from '../taint/session.ts';
import { sinkHits, type SinkHit } from '../taint/sink-hits.ts';
import { checkAddressExpressions } from './check-address-expressions.ts';
import { checkSchemes, checkSuffixTests } from './check-address-tests.ts';
import { checkClientKeys } from './check-client-keys.ts';
import { checkClientRoutes } from './check-client-routes.ts';
import { checkComparisons } from './check-comparisons.ts';
import { checkCsrfExempt } from './check-csrf-exempt.ts';
import { checkDisabledGuards } from './check-disabled-guards.ts';
import { checkHiddenLiterals } from './check-hidden-literals.ts';
import { checkHostSubstrings } from './check-host-substrings.ts';
import { checkListsForTexts } from './check-list-for-text.ts';
import { checkMissingCsrf } from './check-missing-csrf.ts';
import { checkModelTools } from './check-model-tools.ts';
import { checkNamedMembers } from './check-named-members.ts';
import { checkOpenCors } from './check-open-cors.ts';
import { checkOpenOperations } from './check-open-operations.ts';
import { checkOpenTrust } from './check-open-trust.ts';
import { checkOwnerFilter } from './check-owner-filter.ts';
import { checkUnsetCookies } from './check-unset-cookies.ts';
import { checkWeakHashes } from './check-weak-hashes.ts';
import { checkPartialEscapes } from './check-partial-escapes.ts';
import { checkRandomSecrets } from './check-random-secrets.ts';
import { checkRegexps } from './check-regexps.ts';
import { checkReturnedPages } from './check-returned-pages.ts';
import { checkReplacements } from './check-replacements.ts';
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

type CheckMatch = Extract<Match, { kind: 'check' }>;
type CheckName = CheckMatch['name'];

type Check = {
  readonly rule: SastRule;
  readonly match: CheckMatch;
  readonly hits: readonly SinkHit[];
};

const regexpBounds = { positionsMax: limits.sastRegexpPositionsMax, pairsMax: limits.sastRegexpPairsMax };

type Run = (session: Session, check: Check) => readonly RuleMatch[];

const checks: Readonly<Record<CheckName, Run>> = {
  redos: (session, { rule, match }) => checkRegexps(session, { rule, origins: match.origins, degree: 'exponential', bounds: regexpBounds }),
  'polynomial-redos': (session, { rule, match }) =>
    checkRegexps(session, { rule, origins: match.origins, degree: 'polynomial', bounds: regexpBounds }),
  'timing-comparison': (session, { rule }) => checkComparisons(session, rule),
  'random-secret': (session, { rule }) => checkRandomSecrets(session, rule),
  'tenant-filter': (session, { rule, hits }) => checkTenantFilter(session, rule, hits),
  'weak-hash': (session, { rule, hits }) => checkWeakHashes(session, rule, hits),
  'open-cors': (session, { rule, hits }) => checkOpenCors(session, rule, hits),
  'owner-filter': (session, { rule, hits }) => checkOwnerFilter(session, rule, hits),
  'host-substring': (session, { rule }) => checkHostSubstrings(session, rule),
  'client-chosen-key': (_session, { rule, hits }) => checkClientKeys(rule, hits),
  'open-operations': (session, { rule }) => checkOpenOperations(session, rule),
  'sign-replacement': (session, { rule }) => checkReplacements(session, rule, 'signs'),
  'sequence-replacement': (session, { rule }) => checkReplacements(session, rule, 'sequences'),
  'host-expression': (session, { rule }) => checkAddressExpressions(session, rule, 'open-dot'),
  'anchor-expression': (session, { rule }) => checkAddressExpressions(session, rule, 'no-anchor'),
  'scheme-test': (session, { rule }) => checkSchemes(session, rule),
  'suffix-test': (session, { rule }) => checkSuffixTests(session, rule),
  'dynamic-call': (session, { rule, match }) => checkNamedMembers(session, { rule, origins: match.origins, what: 'call' }),
  'remote-property': (session, { rule, match }) => checkNamedMembers(session, { rule, origins: match.origins, what: 'write' }),
  'missing-csrf': (session, { rule }) => checkMissingCsrf(session, rule),
  'list-for-text': (session, { rule }) => checkListsForTexts(session, rule),
  'partial-escape': (session, { rule }) => checkPartialEscapes(session, rule),
  'open-trust': (session, { rule, hits }) => checkOpenTrust(session, rule, hits),
  'returned-page': (session, { rule, match }) => checkReturnedPages(session, { rule, origins: match.origins }),
  'csrf-exempt': (session, { rule }) => checkCsrfExempt(session, rule),
  'disabled-guard': (session, { rule }) => checkDisabledGuards(session, rule),
  'hidden-literal': (session, { rule }) => checkHiddenLiterals(session, rule),
  'client-route': (session, { rule }) => checkClientRoutes(session, rule),
  'model-tool': (_session, { rule, hits }) => checkModelTools(rule, hits),
  'unset-cookie': (session, { rule }) => checkUnsetCookies(session, rule),
};

function runCheck(session: Session, check: Check): readonly RuleMatch[] {
  return checks[check.match.name](session, check);
}
