import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { tenantQuery } from './api/queries.ts';
import { queryClient } from './api/query-client.ts';
import { change } from './api/request.ts';
import { AccessBanner } from './parts/access-banner.tsx';
import { AlarmBanner } from './parts/alarm-banner.tsx';
import { ClosingView } from './parts/closing-view.tsx';
import { VisibleText } from './text/visible-text.tsx';
import { applyTheme, storedTheme, themes, type Theme } from './theme.ts';

const pages = [
  { to: '/overview', label: 'Overview' },
  { to: '/findings', label: 'Findings' },
  { to: '/suppressions', label: 'Suppressions' },
  { to: '/scans', label: 'Scans' },
  { to: '/repositories', label: 'Repositories' },
  { to: '/audit', label: 'Audit log' },
  { to: '/settings/members', label: 'Settings' },
] as const;

/** The frame of every page: where one is, who one is, how it looks. */
export function Shell(): ReactNode {
  const tenant = useQuery(tenantQuery);
  const closesAt = tenant.data?.closesAt;
  return (
    <div className="frame">
      <a className="skip-link" href="#content">
        Skip to content
      </a>
      <header className="side">
        <Link to="/overview" className="brand">
          <img src="/aegis.svg" alt="" width={22} height={22} />
          Aegis
        </Link>
        <nav aria-label="Main">
          {pages.map((page) => (
            <Link key={page.to} to={page.to} className="nav-link" activeProps={{ 'aria-current': 'page' }}>
              {page.label}
            </Link>
          ))}
        </nav>
        <div className="side-end">
          {tenant.data !== undefined && (
            <span className="tenant-name">
              <VisibleText text={tenant.data.name} />
            </span>
          )}
          <ThemeSwitch />
          <button type="button" className="button quiet" onClick={() => void signOut()}>
            Sign out
          </button>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {closesAt === null || closesAt === undefined ? (
          <>
            <AccessBanner />
            <AlarmBanner />
            <Outlet />
          </>
        ) : (
          <ClosingView closesAt={closesAt} />
        )}
      </main>
    </div>
  );
}

const themeWords: Readonly<Record<Theme, string>> = { system: 'System theme', light: 'Light theme', dark: 'Dark theme' };

function ThemeSwitch(): ReactNode {
  const [theme, setTheme] = useState<Theme>(storedTheme());
  return (
    <label className="theme-switch">
      <span className="visually-hidden">Theme</span>
      <select
        value={theme}
        onChange={(event) => {
          const chosen = themes.find((name) => name === event.target.value) ?? 'system';
          applyTheme(chosen);
          setTheme(chosen);
        }}
      >
        {themes.map((name) => (
          <option key={name} value={name}>
            {themeWords[name]}
          </option>
        ))}
      </select>
    </label>
  );
}

async function signOut(): Promise<void> {
  await change('DELETE', '/v1/sessions/current').catch(() => undefined);
  queryClient.clear(); // nothing of this tenant stays on the screen of the next
  location.assign('/sign-in');
}
