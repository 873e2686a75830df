import { useInfiniteQuery, useQuery, keepPreviousData } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, type KeyboardEvent, type ReactNode, type RefObject } from 'react';
import { findingQuery, findingsQuery } from '../api/queries.ts';
import { FindingView } from '../parts/finding-view.tsx';
import { FindingsFilters } from '../parts/findings-filters.tsx';
import { FindingsList } from '../parts/findings-list.tsx';
import { FindingsMessage } from '../parts/findings-message.tsx';
import { FailureNotice } from '../parts/notice.tsx';
import { formatCount } from '../text/format.ts';
import { useTitle } from '../use-title.ts';

/** Findings, worst first, beside the one that is open. The address holds the filter and the open finding. */
export function FindingsPage(): ReactNode {
  const { f, ...filters } = useSearch({ from: '/shell/findings' });
  const findings = useInfiniteQuery({ ...findingsQuery(filters), placeholderData: keepPreviousData });
  const rows = findings.data?.pages.flatMap((page) => page.items) ?? [];
  const total = findings.data?.pages[0]?.total;
  const split = useRef<HTMLDivElement>(null);
  const onKey = useClosing(f, split);
  useTitle('Findings');
  return (
    <div className="page findings-page">
      <div className="page-head">
        <h1>Findings</h1>
        <p className="count" role="status">
          {total !== undefined && (rows.length < total ? `${formatCount(rows.length)} of ${formatCount(total)}` : formatCount(total))}
        </p>
        {rows.length > 0 && (
          <p className="keys">
            <kbd>j</kbd> <kbd>k</kbd> move · <kbd>o</kbd> open · <kbd>e</kbd> confirm · <kbd>r</kbd> in review · <kbd>u</kbd> undo
          </p>
        )}
      </div>
      <FindingsFilters filters={filters} />
      <div className={f === undefined ? 'split' : 'split split-open'} ref={split} onKeyDown={onKey}>
        <div className="split-list">
          <FindingsList rows={rows} open={f} />
          <FindingsMessage rows={rows.length} filtered={Object.values(filters).some((value) => value !== undefined)} findings={findings} />
          {findings.hasNextPage && (
            <div className="more">
              <button type="button" className="button" onClick={() => void findings.fetchNextPage()} disabled={findings.isFetchingNextPage}>
                Show more
              </button>
            </div>
          )}
        </div>
        {f !== undefined && <Pane key={f} findingId={f} />}
      </div>
    </div>
  );
}

// Escape closes the open finding; closed in whichever way, the focus goes back to the row that it was opened from.
function useClosing(open: string | undefined, split: RefObject<HTMLDivElement | null>): (event: KeyboardEvent) => void {
  const navigate = useNavigate({ from: '/findings' });
  const before = useRef(open);
  useEffect(() => {
    const closed = before.current;
    before.current = open;
    if (closed === undefined || open !== undefined || document.activeElement !== document.body) return;
    split.current?.querySelector<HTMLElement>(`[data-finding="${CSS.escape(closed)}"]`)?.focus();
  }, [open, split]);
  return (event) => {
    if (event.key !== 'Escape' || open === undefined) return;
    event.preventDefault();
    if (split.current?.querySelector('.pane')?.contains(document.activeElement) === true) blurActive();
    void navigate({ search: (search) => ({ ...search, f: undefined }) });
  };
}

function blurActive(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

function Pane({ findingId }: { readonly findingId: string }): ReactNode {
  const finding = useQuery(findingQuery(findingId));
  const pane = useRef<HTMLElement>(null);
  // Where the pane takes the page its row is gone, and the focus with it.
  useEffect(() => {
    const active = document.activeElement;
    if (active instanceof HTMLElement && active.dataset['finding'] !== undefined && !active.checkVisibility()) pane.current?.focus();
  }, []);
  return (
    <section className="pane" aria-label="Open finding" tabIndex={-1} ref={pane}>
      <div className="pane-head">
        <Link to="/findings/$findingId" params={{ findingId }}>
          Open on its own page
        </Link>
        <Link to="/findings" search={(before) => ({ ...before, f: undefined })} className="button quiet">
          Close
        </Link>
      </div>
      {finding.isError && <FailureNotice error={finding.error} retry={() => void finding.refetch()} />}
      {finding.isPending && (
        <p className="loading" role="status">
          Loading …
        </p>
      )}
      {finding.data !== undefined && <FindingView finding={finding.data} place="pane" />}
    </section>
  );
}
