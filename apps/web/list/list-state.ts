/** What a list has to say instead of rows, or that it has rows. */
export type ListState = 'loading' | 'error' | 'not_connected' | 'scan_pending' | 'no_match' | 'all_clear' | 'rows';

/** What is known when a list is drawn. Undefined: not known yet. */
export type ListFacts = {
  readonly loading: boolean;
  readonly failed: boolean;
  readonly rows: number;
  readonly filtered: boolean;
  readonly repositories: number | undefined;
  readonly finishedScans: number | undefined;
};

/**
 * Decides which of its states a findings list is in. An error never looks like an empty list, and «all clear» is said only when a scan
 * has ended and no filter hides anything.
 */
export function listState(facts: ListFacts): ListState {
  if (facts.rows > 0) return 'rows';
  if (facts.failed) return 'error';
  if (facts.loading) return 'loading';
  if (facts.filtered) return 'no_match';
  if (facts.repositories === undefined || facts.finishedScans === undefined) return 'loading';
  if (facts.repositories === 0) return 'not_connected';
  return facts.finishedScans === 0 ? 'scan_pending' : 'all_clear';
}
