import { matchesGlob } from 'node:path/posix';
import type { Scope } from './parse-scope.ts';

/** What became of a finding under a scope. `lapsed`: an ignore names it, and its date is over. */
export type ScopeVerdict = 'counts' | 'excluded' | 'ignored' | 'lapsed';

/** Judges one finding. `today`: a date, `2026-01-31`; an ignore holds until the end of its last day, UTC. */
export function judgeScope(scope: Scope, finding: { readonly ruleId: string; readonly path: string }, today: string): ScopeVerdict {
  if (scope.exclude.some((glob) => matchesGlob(finding.path, glob))) return 'excluded';
  const named = scope.ignore.filter(
    ({ rule, paths }) => rule === finding.ruleId && (paths === undefined || paths.some((glob) => matchesGlob(finding.path, glob))),
  );
  if (named.length === 0) return 'counts';
  return named.some(({ until }) => today <= until) ? 'ignored' : 'lapsed';
}
