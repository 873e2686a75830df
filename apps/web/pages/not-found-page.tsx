import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Notice } from '../parts/notice.tsx';
import { useTitle } from '../use-title.ts';

/** An address that no page has. */
export function NotFoundPage(): ReactNode {
  useTitle('No such page');
  return (
    <main className="page narrow">
      <Notice title="There is no such page">
        <Link to="/findings">Go to the findings</Link>
      </Notice>
    </main>
  );
}
