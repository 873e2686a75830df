import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { accessNoticeQuery } from '../api/settings-queries.ts';
import { formatInstant } from '../text/format.ts';
import { VisibleText } from '../text/visible-text.tsx';

/** Says above every page that somebody of the operator reaches this tenant now, or waits to. */
export function AccessBanner(): ReactNode {
  const access = useQuery(accessNoticeQuery);
  const live = (access.data?.items ?? []).filter(({ state }) => state !== 'over');
  const active = live.filter(({ state }) => state === 'active');
  const [first] = active.length > 0 ? active : live;
  if (first === undefined) return null;
  const more = live.length - 1;
  return (
    <section className={`notice notice-${active.length > 0 ? 'bad' : 'plain'}`} role="alert" aria-label="Operator access">
      <h2>{active.length > 0 ? 'The operator can read here now' : 'The operator asks to read here'}</h2>
      <p>
        <VisibleText text={first.person.name} />, ticket <VisibleText text={first.ticket} />, {first.scope}
        {first.expiresAt === null ? '' : `, until ${formatInstant(first.expiresAt)}`}
        {more > 0 && ` and ${String(more)} more`}. <Link to="/settings/access">See and end it</Link>
      </p>
    </section>
  );
}
