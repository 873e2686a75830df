import { forgeRightsSchema, type ForgeRightsView } from '@lib/contract';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { change } from '../api/request.ts';
import { VisibleText } from '../text/visible-text.tsx';

/** Tries what an installation may do, and shows what GitHub answered. */
export function TriedRights({ appId, installationId }: { readonly appId: string; readonly installationId: string }): ReactNode {
  const attempt = useMutation({
    mutationFn: () => change('POST', `/v1/forge/apps/${appId}/installations/${installationId}/verification`, { schema: forgeRightsSchema }),
  });
  return (
    <>
      {' '}
      <button type="button" className="button" disabled={attempt.isPending} onClick={() => attempt.mutate()}>
        {attempt.isPending ? 'Trying' : 'Try its rights'}
      </button>
      <div role="status">{attempt.data !== undefined && <Rights rights={attempt.data} />}</div>
      <div className="form-failure" role="alert">
        {attempt.error?.message}
      </div>
    </>
  );
}

function Rights({ rights }: { readonly rights: ForgeRightsView }): ReactNode {
  return (
    <>
      <p>
        <span className={`chip ${rights.asAsked ? 'severity-ok' : 'severity-critical'}`}>
          {rights.asAsked ? 'what it asks for and no more' : 'not as it asks'}
        </span>{' '}
        tried on <VisibleText text={rights.repositoryName} />, with all that the installation grants
      </p>
      {rights.excess.length > 0 && (
        <p>
          Granted and never asked for: <VisibleText text={rights.excess.join(', ')} />
        </p>
      )}
      <table className="list">
        <thead>
          <tr>
            <th scope="col">Tried</th>
            <th scope="col">Asked for</th>
            <th scope="col">GitHub</th>
          </tr>
        </thead>
        <tbody>
          {rights.tried.map(({ name, asked, possible, status }) => (
            <tr key={name}>
              <td>{name}</td>
              <td>{asked ? 'yes' : 'no'}</td>
              <td>
                {possible ? 'lets it pass' : 'refuses'} <span className="meta">({status})</span>
                {asked !== possible && <span className="chip severity-critical">wrong</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
