import { suppressionStandings, type SuppressionStanding, type SuppressionView } from '@lib/contract';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { suppressionsQuery } from '../api/queries.ts';
import { queryClient } from '../api/query-client.ts';
import { change } from '../api/request.ts';
import { FailureNotice, Notice } from '../parts/notice.tsx';
import { scopeText, decisionWords } from '../suppress/claim-words.ts';
import { formatCount, formatInstant } from '../text/format.ts';
import { VisibleText } from '../text/visible-text.tsx';
import { useTitle } from '../use-title.ts';

const standingWords: Readonly<Record<SuppressionStanding, { readonly word: string; readonly tone: string }>> = {
  live: { word: '● live', tone: 'low' },
  dead: { word: '◌ matches nothing', tone: 'medium' },
  over: { word: '✓ over', tone: 'info' },
};

/** Claims by which people keep findings quiet, newest first: who, why, until when, and whether each still matches something. */
export function SuppressionsPage(): ReactNode {
  const { standing } = useSearch({ from: '/shell/suppressions' });
  const claims = useInfiniteQuery(suppressionsQuery(standing));
  const rows = claims.data?.pages.flatMap((page) => page.items) ?? [];
  useTitle('Suppressions');
  return (
    <div className="page">
      <div className="page-head">
        <h1>Suppressions</h1>
      </div>
      <nav className="choices" aria-label="Which claims">
        <Choice standing={undefined} chosen={standing} />
        {suppressionStandings.map((one) => (
          <Choice key={one} standing={one} chosen={standing} />
        ))}
      </nav>
      {claims.isError && <FailureNotice error={claims.error} retry={() => void claims.refetch()} />}
      {claims.isPending && (
        <p className="loading" role="status">
          Loading …
        </p>
      )}
      {claims.isSuccess && rows.length === 0 && (
        <Notice title={standing === undefined ? 'Nothing is suppressed' : 'No claim stands so'}>
          Accepted risks and false positives are signed on the page of a finding.
        </Notice>
      )}
      <ul className="plain-list claims">
        {rows.map((claim) => (
          <li key={claim.id} className="card">
            <ClaimCard claim={claim} />
          </li>
        ))}
      </ul>
      {claims.hasNextPage && (
        <button type="button" className="button" onClick={() => void claims.fetchNextPage()} disabled={claims.isFetchingNextPage}>
          Show more
        </button>
      )}
    </div>
  );
}

function Choice({
  standing,
  chosen,
}: {
  readonly standing: SuppressionStanding | undefined;
  readonly chosen: string | undefined;
}): ReactNode {
  return (
    <Link to="/suppressions" search={{ standing }} className="button" aria-current={standing === chosen ? 'true' : undefined}>
      {standing === undefined ? 'All' : standingWords[standing].word}
    </Link>
  );
}

function ClaimCard({ claim }: { readonly claim: SuppressionView }): ReactNode {
  const end = useMutation({
    mutationFn: () => change('POST', `/v1/suppressions/${claim.id}/end`, { key: crypto.randomUUID() }),
    onSettled: () => Promise.all(['suppressions', 'findings', 'finding'].map((key) => queryClient.invalidateQueries({ queryKey: [key] }))),
  });
  const { word, tone } = standingWords[claim.standing];
  return (
    <>
      <div className="card-head">
        <h2>{decisionWords[claim.decision]}</h2>
        <span className={`chip severity-${tone}`}>{word}</span>
      </div>
      <p className="prose">
        <VisibleText text={claim.reason} />
      </p>
      <dl className="facts">
        <dt>For</dt>
        <dd>
          <VisibleText text={scopeText(claim.scope)} />
        </dd>
        <dt>Keeps quiet</dt>
        <dd>{claim.covers === 1 ? '1 finding' : `${formatCount(claim.covers)} findings`}</dd>
        <dt>Signed</dt>
        <dd>
          {formatInstant(claim.signedAt)} by <VisibleText text={claim.signedBy.name} />
        </dd>
        <dt>{claim.endedAt === null ? 'Until' : 'Ended'}</dt>
        <dd>{formatInstant(claim.endedAt ?? claim.expiresAt)}</dd>
      </dl>
      {claim.standing !== 'over' && (
        <p>
          <button type="button" className="button" disabled={end.isPending} onClick={() => end.mutate()}>
            End it now
          </button>
        </p>
      )}
      {end.error !== null && (
        <p role="alert" className="form-failure">
          {end.error.message}
        </p>
      )}
    </>
  );
}
