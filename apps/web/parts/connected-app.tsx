import type { ForgeAppView } from '@lib/contract';
import type { ReactNode } from 'react';
import { formatCount } from '../text/format.ts';
import { TriedRights } from './tried-rights.tsx';
import { VisibleText } from '../text/visible-text.tsx';

const states = { waiting: 'being read', active: 'active', suspended: 'suspended on GitHub', removed: 'uninstalled' } as const;

/** One registered App: what it may, where it is installed, and the way to install it. */
export function ConnectedApp({ app }: { readonly app: ForgeAppView }): ReactNode {
  return (
    <section className="card" aria-label={`App ${app.slug}`}>
      <div className="card-head">
        <h2>
          <VisibleText text={app.slug} />
        </h2>
        <span className="chip severity-info">{app.kind}</span>
        <span className="chip severity-ok">registered</span>
      </div>
      {app.installations.length === 0 && <p>It is not installed anywhere yet.</p>}
      {app.installations.length > 0 && (
        <ul>
          {app.installations.map((installation) => (
            <li key={installation.id}>
              <VisibleText text={installation.account} />: {states[installation.state]}, {formatCount(installation.repositories)} repositor
              {installation.repositories === 1 ? 'y' : 'ies'}
              {installation.state === 'active' && <TriedRights appId={app.id} installationId={installation.id} />}
            </li>
          ))}
        </ul>
      )}
      <p>
        <a className="button" href={`${app.webUrl}/apps/${encodeURIComponent(app.slug)}/installations/new`} rel="noreferrer">
          {app.installations.length === 0 ? 'Install it' : 'Install it elsewhere, or choose repositories'}
        </a>
      </p>
    </section>
  );
}
