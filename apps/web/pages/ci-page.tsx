import { ciTrustSchema, type CiTrustView } from '@lib/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { changeSigned } from '../api/passkey.ts';
import { repositoriesQuery, tenantQuery } from '../api/queries.ts';
import { queryClient } from '../api/query-client.ts';
import { change } from '../api/request.ts';
import { ciTrustsQuery } from '../api/settings-queries.ts';
import { FailureNotice, Notice } from '../parts/notice.tsx';
import { SettingsFrame } from '../parts/settings-frame.tsx';
import { fieldText } from '../text/field-text.ts';
import { VisibleText } from '../text/visible-text.tsx';

const refresh = (): Promise<unknown> => queryClient.invalidateQueries({ queryKey: ['ci'] });

/** Which workflows come in without a secret. */
export function CiPage(): ReactNode {
  const tenant = useQuery(tenantQuery);
  const allowed = new Set(tenant.data?.self.permissions);
  return (
    <SettingsFrame title="CI">
      <p className="meta">
        A workflow shows its forge’s own token and gets one of ours: for one repository, for some minutes. No secret lies in it.
      </p>
      {tenant.isSuccess && !allowed.has('ci.list') && (
        <Notice title="Not for your role">Owners, admins and auditors see which workflows are trusted.</Notice>
      )}
      {allowed.has('ci.list') && <Trusts mayChange={allowed.has('ci.configure')} />}
    </SettingsFrame>
  );
}

function Trusts({ mayChange }: { readonly mayChange: boolean }): ReactNode {
  const trusts = useQuery(ciTrustsQuery);
  if (trusts.isError) return <FailureNotice error={trusts.error} retry={() => void trusts.refetch()} />;
  if (trusts.data === undefined) return <p role="status">Loading …</p>;
  const { audience, items } = trusts.data;
  return (
    <>
      <section className="card" aria-label="Audience">
        <h2>Audience</h2>
        <p>
          Tokens must be for <code>{audience}</code> and for nobody else.
        </p>
      </section>
      {items.length === 0 && <p role="status">No workflow is trusted so far.</p>}
      {items.map((trust) => (
        <Trust key={trust.id} trust={trust} mayChange={mayChange} />
      ))}
      {mayChange && <NewTrust />}
    </>
  );
}

function Trust({ trust, mayChange }: { readonly trust: CiTrustView; readonly mayChange: boolean }): ReactNode {
  const repositories = useQuery(repositoriesQuery);
  const remove = useMutation({ mutationFn: () => change('DELETE', `/v1/ci/trusts/${trust.id}`), onSettled: refresh });
  const name = repositories.data?.items.find(({ id }) => id === trust.repositoryId)?.name ?? trust.repositoryId;
  return (
    <section className="card" aria-label={`Workflows of ${name}`}>
      <h2>
        <VisibleText text={name} />
      </h2>
      <p>
        repository <code>{trust.forgeRepositoryId}</code> of owner <code>{trust.forgeOwnerId}</code> at <VisibleText text={trust.issuer} />
      </p>
      <p>
        {trust.refs.map((ref) => (
          <code key={ref}>{ref} </code>
        ))}
        {trust.environments.length > 0 && (
          <>
            in <VisibleText text={trust.environments.join(', ')} />
          </>
        )}
      </p>
      <p className="meta">tokens for {trust.minutes} minutes</p>
      {mayChange && (
        <p>
          <button type="button" className="button" disabled={remove.isPending} onClick={() => remove.mutate()}>
            Trust no more
            <span className="visually-hidden"> workflows of {name}</span>
          </button>
        </p>
      )}
      <div className="form-failure" role="alert">
        {remove.error?.message}
      </div>
    </section>
  );
}

function NewTrust(): ReactNode {
  const repositories = useQuery(repositoriesQuery);
  const make = useMutation({
    mutationFn: (body: Readonly<Record<string, unknown>>) =>
      changeSigned('POST', '/v1/ci/trusts', { operationId: 'createCiTrust', body, schema: ciTrustSchema }),
    onSettled: refresh,
  });
  return (
    <section className="card" aria-label="New trust">
      <h2>Trust workflows</h2>
      <form
        className="stacked-form"
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate(bodyOf(event.currentTarget));
        }}
      >
        <label>
          Repository here
          <select name="repositoryId" required>
            {(repositories.data?.items ?? []).map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          Issuer
          <input name="issuer" required defaultValue="https://token.actions.githubusercontent.com" autoComplete="off" />
        </label>
        <label>
          Number of the repository there
          <input name="forgeRepositoryId" required inputMode="numeric" pattern="[1-9][0-9]*" autoComplete="off" />
        </label>
        <label>
          Number of its owner
          <input name="forgeOwnerId" required inputMode="numeric" pattern="[1-9][0-9]*" autoComplete="off" />
        </label>
        <label>
          Refs, divided by commas
          <input name="refs" required defaultValue="refs/heads/main" autoComplete="off" />
        </label>
        <label>
          Environments, divided by commas (empty: any)
          <input name="environments" autoComplete="off" />
        </label>
        <button type="submit" className="button primary" disabled={make.isPending}>
          Trust
        </button>
        <div className="form-failure" role="alert">
          {make.error?.message}
        </div>
      </form>
    </section>
  );
}

function bodyOf(form: HTMLFormElement): Readonly<Record<string, unknown>> {
  const list = (name: string): readonly string[] =>
    fieldText(form, name)
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  const text = (name: string): string => fieldText(form, name).trim();
  return {
    repositoryId: text('repositoryId'),
    issuer: text('issuer'),
    forgeRepositoryId: text('forgeRepositoryId'),
    forgeOwnerId: text('forgeOwnerId'),
    refs: list('refs'),
    environments: list('environments'),
  };
}
