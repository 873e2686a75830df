import { useEffect, useRef, useState, type ReactNode } from 'react';
import { backAddress } from '../api/back-address.ts';
import { comeBack } from '../api/company.ts';
import { ApiFailure } from '../api/request.ts';
import { useTitle } from '../use-title.ts';

/** Where the company's provider sends the browser back to: what it gave is handed over once, and leaves the address at once. */
export function CompanyReturnPage(): ReactNode {
  const [failure, setFailure] = useState('');
  const spent = useRef(false);
  useTitle('Signing in');
  useEffect(() => {
    if (spent.current) return;
    spent.current = true; // a code works once, and effects may run twice
    const query = location.search.slice(1);
    history.replaceState(null, '', location.pathname);
    comeBack(query)
      .then((back) => location.replace(backAddress(back, location.origin)))
      .catch((error: unknown) => setFailure(error instanceof ApiFailure ? error.message : 'Something unforeseen went wrong.'));
  });
  return (
    <main className="sign-in">
      <img src="/aegis.svg" alt="" width={40} height={40} />
      <h1>{failure === '' ? 'Signing in …' : 'You are not signed in'}</h1>
      <div className="form-failure" role="alert">
        {failure}
      </div>
      {failure !== '' && <a href="/sign-in">Sign in again, or in another way</a>}
    </main>
  );
}
