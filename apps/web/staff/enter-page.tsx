import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { fieldText } from '../text/field-text.ts';
import { askToEnrol, enrol, signIn } from './staff-acts.ts';
import { lookAgain } from './staff-queries.ts';

/** Coming in: by a passkey. Whoever has none is let in by two others; nothing is ever sent. */
export function EnterPage(): ReactNode {
  const enter = useMutation({ mutationFn: signIn, onSettled: lookAgain });
  const ask = useMutation({ mutationFn: askToEnrol });
  const make = useMutation({
    mutationFn: ({ secret, name }: { readonly secret: string; readonly name: string }) => enrol(secret, name),
    onSettled: lookAgain,
  });
  return (
    <main className="staff-page">
      <h1>Aegis staff</h1>
      <section className="card" aria-label="Sign in">
        <button type="button" className="button primary" disabled={enter.isPending} onClick={() => enter.mutate()}>
          Sign in with a passkey
        </button>
        <div className="form-failure" role="alert">
          {enter.error?.message}
        </div>
      </section>
      <section className="card" aria-label="No passkey">
        <h2>No passkey, or all of them lost</h2>
        <p>Ask here, tell two others the number, keep the secret to yourself. They must know you by other means.</p>
        <form
          className="inline-form"
          onSubmit={(event) => {
            event.preventDefault();
            ask.mutate(fieldText(event.currentTarget, 'person'));
          }}
        >
          <label>
            <span className="visually-hidden">Your name</span>
            <input name="person" required maxLength={100} placeholder="your name" autoComplete="off" />
          </label>
          <button type="submit" className="button" disabled={ask.isPending}>
            Ask
          </button>
        </form>
        <div className="form-failure" role="alert">
          {ask.error?.message}
        </div>
        {ask.data !== undefined && (
          <p>
            Number <code>{ask.data.id}</code>, secret <code>{ask.data.secret}</code>. It ends in half an hour.
          </p>
        )}
        <form
          className="staff-form"
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate({ secret: fieldText(event.currentTarget, 'secret'), name: fieldText(event.currentTarget, 'name') });
          }}
        >
          <label>
            Secret
            <input name="secret" required maxLength={100} autoComplete="off" />
          </label>
          <label>
            Name of the authenticator
            <input name="name" required maxLength={100} placeholder="my key" autoComplete="off" />
          </label>
          <button type="submit" className="button" disabled={make.isPending}>
            Make a passkey
          </button>
        </form>
        <div className="form-failure" role="alert">
          {make.error?.message}
        </div>
      </section>
    </main>
  );
}
