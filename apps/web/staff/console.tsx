import { useMutation, useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { ApiFailure, change } from '../api/request.ts';
import { FailureNotice } from '../parts/notice.tsx';
import { fieldText } from '../text/field-text.ts';
import { Elevations } from './elevations.tsx';
import { Enrolments } from './enrolments.tsx';
import { EnterPage } from './enter-page.tsx';
import { RequestForm } from './request-form.tsx';
import { addAuthenticator } from './staff-acts.ts';
import { lookAgain, selfQuery, staffQueryClient } from './staff-queries.ts';
import { TenantView } from './tenant-view.tsx';

/** The page of staff: asking for elevations, agreeing to those of others, looking while one is active. */
export function Console(): ReactNode {
  const self = useQuery(selfQuery);
  const [opened, setOpened] = useState<string>();
  if (self.error instanceof ApiFailure && self.error.status === 401) return <EnterPage />;
  if (self.isError) return <FailureNotice error={self.error} retry={() => void self.refetch()} />;
  if (self.data === undefined) return <p role="status">Loading …</p>;
  const { person, passkeys } = self.data;
  return (
    <main className="staff-page">
      <header className="staff-head">
        <h1>Aegis staff</h1>
        <span>
          {person.name} · {passkeys.length} authenticators{' '}
          <button type="button" className="button" onClick={() => void signOut()}>
            Sign out
          </button>
        </span>
      </header>
      {passkeys.length < 2 && <SecondAuthenticator />}
      {opened !== undefined && <TenantView elevationId={opened} close={() => setOpened(undefined)} />}
      <RequestForm />
      <Elevations personId={person.id} open={setOpened} />
      <Enrolments selfId={person.id} />
    </main>
  );
}

function SecondAuthenticator(): ReactNode {
  const add = useMutation({ mutationFn: addAuthenticator, onSettled: lookAgain });
  return (
    <section className="card" aria-label="Second authenticator">
      <h2>Add a second authenticator</h2>
      <p>With one nobody is elevated: who loses it would have to be let in anew.</p>
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate(fieldText(event.currentTarget, 'name'));
        }}
      >
        <label>
          <span className="visually-hidden">Name of the authenticator</span>
          <input name="name" required maxLength={100} placeholder="spare key" autoComplete="off" />
        </label>
        <button type="submit" className="button primary" disabled={add.isPending}>
          Add
        </button>
      </form>
      <div className="form-failure" role="alert">
        {add.error?.message}
      </div>
    </section>
  );
}

async function signOut(): Promise<void> {
  await change('DELETE', '/v1/session').catch(() => undefined);
  staffQueryClient.clear();
  location.assign('/');
}
