import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTitle } from '../use-title.ts';

const pages = [
  { to: '/settings/members', label: 'Members' },
  { to: '/settings/sign-in', label: 'Signing in' },
  { to: '/settings/company', label: 'Company sign-in' },
  { to: '/settings/tokens', label: 'API tokens' },
  { to: '/settings/ci', label: 'CI' },
  { to: '/settings/access', label: 'Operator access' },
  { to: '/settings/account', label: 'Account' },
  { to: '/settings/isolation', label: 'Isolation' },
] as const;

/** The settings, one page a subject. */
export function SettingsFrame({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  useTitle(title);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{title}</h1>
        <nav aria-label="Settings" className="chips">
          {pages.map((page) => (
            <Link key={page.to} to={page.to} className="chip-link" activeProps={{ 'aria-current': 'page' }}>
              {page.label}
            </Link>
          ))}
        </nav>
      </div>
      {children}
    </div>
  );
}
