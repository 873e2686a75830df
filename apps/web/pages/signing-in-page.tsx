import { useMutation, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { canUsePasskeys, changeSigned, makePasskey } from '../api/passkey.ts';
import { tenantQuery } from '../api/queries.ts';
import { queryClient } from '../api/query-client.ts';
import { change } from '../api/request.ts';
import { passkeysQuery, sessionsQuery } from '../api/settings-queries.ts';
import { FailureNotice, Notice } from '../parts/notice.tsx';
import { SettingsFrame } from '../parts/settings-frame.tsx';
import { fieldText } from '../text/field-text.ts';
import { formatInstant } from '../text/format.ts';
import { VisibleText } from '../text/visible-text.tsx';

/** One's own passkeys, and where one is signed in. */
export function SigningInPage(): ReactNode {
  const tenant = useQuery(tenantQuery);
  const self = tenant.data?.self;
  const member = self?.member ?? undefined;
  return (
    <SettingsFrame title="Signing in">
      {tenant.isPending && <p role="status">Loading …</p>}
      {self?.member === null && (
        <Notice title="You are signed in with an API token">Passkeys and sessions belong to people. Sign in with yours to see them.</Notice>
      )}
      {member !== undefined && (
        <>
          <Passkeys />
          <Sessions />
        </>
      )}
    </SettingsFrame>
  );
}

const refresh = (name: string) => (): Promise<unknown> => queryClient.invalidateQueries({ queryKey: [name] });

function Passkeys(): ReactNode {
  const passkeys = useQuery(passkeysQuery);
  const add = useMutation({ mutationFn: makePasskey, onSettled: refresh('passkeys') });
  const remove = useMutation({
    mutationFn: (passkeyId: string) =>
      changeSigned('DELETE', `/v1/passkeys/${passkeyId}`, { operationId: 'removePasskey', params: { passkeyId } }),
    onSettled: refresh('passkeys'),
  });
  const items = passkeys.data?.items ?? [];
  return (
    <section className="card" aria-label="Passkeys">
      <h2>Passkeys</h2>
      {passkeys.isError && <FailureNotice error={passkeys.error} retry={() => void passkeys.refetch()} />}
      {passkeys.isSuccess && items.length === 0 && <p>There is none yet: add one, or you cannot come back without a new invitation.</p>}
      {items.map((passkey) => (
        <div key={passkey.id} className="card-head">
          <strong>
            <VisibleText text={passkey.name} />
          </strong>
          <span className="meta">
            since {formatInstant(passkey.createdAt)}
            {passkey.lastUsedAt !== null && `, last used ${formatInstant(passkey.lastUsedAt)}`}
          </span>
          {items.length > 1 && (
            <button type="button" className="button" disabled={remove.isPending} onClick={() => remove.mutate(passkey.id)}>
              Forget
              <span className="visually-hidden"> {passkey.name}</span>
            </button>
          )}
        </div>
      ))}
      {canUsePasskeys() ? (
        <form
          className="inline-form"
          onSubmit={(event) => {
            event.preventDefault();
            add.mutate(fieldText(event.currentTarget, 'name'));
          }}
        >
          <label>
            <span className="visually-hidden">Name of the passkey</span>
            <input name="name" required maxLength={100} placeholder="laptop" autoComplete="off" />
          </label>
          <button type="submit" className="button primary" disabled={add.isPending}>
            Add a passkey
          </button>
        </form>
      ) : (
        <p className="meta">Passkeys need a name in the address: open Aegis at http://localhost instead of a number, or over https.</p>
      )}
      <div className="form-failure" role="alert">
        {add.error?.message ?? remove.error?.message}
      </div>
    </section>
  );
}

function Sessions(): ReactNode {
  const sessions = useQuery(sessionsQuery);
  const end = useMutation({ mutationFn: (id: string) => change('DELETE', `/v1/sessions/${id}`), onSettled: refresh('sessions') });
  return (
    <section className="card" aria-label="Sessions">
      <h2>Where you are signed in</h2>
      {sessions.isError && <FailureNotice error={sessions.error} retry={() => void sessions.refetch()} />}
      {(sessions.data?.items ?? []).map((session) => (
        <div key={session.id} className="card-head">
          <strong>{session.client ?? 'a program'}</strong>
          <span className="meta">
            since {formatInstant(session.createdAt)}
            {session.lastUsedAt !== null && `, last used ${formatInstant(session.lastUsedAt)}`}
          </span>
          {session.current ? (
            <span className="chip">this one</span>
          ) : (
            <button type="button" className="button" disabled={end.isPending} onClick={() => end.mutate(session.id)}>
              End
              <span className="visually-hidden"> the session of {session.client}</span>
            </button>
          )}
        </div>
      ))}
      <div className="form-failure" role="alert">
        {end.error?.message}
      </div>
    </section>
  );
}
