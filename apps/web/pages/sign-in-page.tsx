import { useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState, type SubmitEvent, type ReactNode } from 'react';
import { backAddress } from '../api/back-address.ts';
import { PasskeyFailure } from '../api/credential.ts';
import { canUsePasskeys, signInWithPasskey } from '../api/passkey.ts';
import { ApiFailure, change } from '../api/request.ts';
import { CompanySignIn } from '../parts/company-sign-in.tsx';
import { useTitle } from '../use-title.ts';

/** Signs in with the one-time code of the address, or with an API token that is pasted. Both are exchanged for a cookie that no script sees. */
export function SignInPage(): ReactNode {
  const { back, company } = useSearch({ from: '/sign-in' });
  const [failure, setFailure] = useState('');
  const [busy, setBusy] = useState(false);
  const spent = useRef(false);
  useTitle('Sign in');
  const enter = async (by: Way, come: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    setFailure('');
    try {
      await come();
      location.replace(backAddress(back, location.origin));
    } catch (error) {
      setBusy(false);
      setFailure(messageOf(error, by));
    }
  };
  const start = (body: { readonly code: string } | { readonly token: string }): Promise<void> =>
    enter('code' in body ? 'code' : 'token', () => change('POST', '/v1/sessions', { body }));
  useEffect(() => {
    const code = new URLSearchParams(location.hash.slice(1)).get('code');
    if (code === null || spent.current) return;
    spent.current = true; // a code works once, and effects may run twice
    history.replaceState(null, '', location.pathname + location.search);
    void start({ code });
  });
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const token = new FormData(event.currentTarget).get('token');
    if (typeof token === 'string' && token.trim() !== '') void start({ token: token.trim() });
  };
  return (
    <main className="sign-in">
      <img src="/aegis.svg" alt="" width={40} height={40} />
      <h1>Sign in to Aegis</h1>
      {canUsePasskeys() && (
        <button type="button" className="button primary" disabled={busy} onClick={() => void enter('passkey', signInWithPasskey)}>
          Sign in with a passkey
        </button>
      )}
      <CompanySignIn entry={company} back={back} />
      <form onSubmit={submit}>
        <label htmlFor="token">API token</label>
        <input id="token" name="token" type="password" autoComplete="off" spellCheck={false} required maxLength={200} />
        <button type="submit" className="button" disabled={busy}>
          {busy ? 'Signing in …' : 'Sign in'}
        </button>
        <div className="form-failure" role="alert">
          {failure}
        </div>
      </form>
      <p>Or open the address that start-up printed: it signs you in once.</p>
    </main>
  );
}

type Way = 'code' | 'token' | 'passkey';

const refusals: Readonly<Record<Way, string>> = {
  code: 'This sign-in address was used already, or its time is up. Start Aegis again for a new one, or paste a token.',
  token: 'This token is not valid.',
  passkey: 'This passkey was not accepted.',
};

function messageOf(error: unknown, by: Way): string {
  if (error instanceof PasskeyFailure) return error.message;
  if (!(error instanceof ApiFailure)) return 'Something unforeseen went wrong.';
  if (error.status === 429) return 'Too many attempts. Wait a minute and try again.';
  if (error.status !== 401 && error.status !== 400) return error.message;
  return refusals[by];
}
