import { useEffect, useRef, useState, type ReactNode, type SubmitEvent } from 'react';
import { ApiFailure, change } from '../api/request.ts';
import { fieldText } from '../text/field-text.ts';
import { useTitle } from '../use-title.ts';

/** Where an invitation leads: it makes a member of whoever has its secret and its address. The secret came in the fragment, which no server sees. */
export function JoinPage(): ReactNode {
  const secret = useRef('');
  const [failure, setFailure] = useState('');
  const [busy, setBusy] = useState(false);
  useTitle('Join');
  useEffect(() => {
    const given = new URLSearchParams(location.hash.slice(1)).get('invite');
    if (given === null) return;
    secret.current = given;
    history.replaceState(null, '', location.pathname);
  });
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    void join({ secret: secret.current, email: fieldText(event.currentTarget, 'email'), name: fieldText(event.currentTarget, 'name') });
  };
  const join = async (body: { readonly secret: string; readonly email: string; readonly name: string }): Promise<void> => {
    setBusy(true);
    setFailure('');
    try {
      await change('POST', '/v1/invitations/accept', { body });
      location.replace('/settings/sign-in');
    } catch (error) {
      setBusy(false);
      setFailure(
        error instanceof ApiFailure && error.status === 401 ? 'This invitation is not valid, or not for this address.' : String(error),
      );
    }
  };
  return (
    <main className="sign-in">
      <img src="/aegis.svg" alt="" width={40} height={40} />
      <h1>Join Aegis</h1>
      <form onSubmit={submit}>
        <label htmlFor="email">The address that was invited</label>
        <input id="email" name="email" type="email" autoComplete="email" required maxLength={254} />
        <label htmlFor="name">Your name</label>
        <input id="name" name="name" autoComplete="name" required maxLength={200} />
        <button type="submit" className="button primary" disabled={busy}>
          Join
        </button>
        <div className="form-failure" role="alert">
          {failure}
        </div>
      </form>
      <p>Next you add a passkey, which is how you come in from then on. There is no password.</p>
    </main>
  );
}
