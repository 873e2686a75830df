import { useState, type ReactNode } from 'react';
import { findCompany, leaveFor, type CompanyName } from '../api/company.ts';
import { ApiFailure } from '../api/request.ts';
import { fieldText } from '../text/field-text.ts';

type Props = { readonly entry: string | undefined; readonly back: string | undefined };

/** The way to the company's own provider: by the address that the company gave, or by one's own. */
export function CompanySignIn({ entry, back }: Props): ReactNode {
  const [failure, setFailure] = useState('');
  const [busy, setBusy] = useState(false);
  const go = async (company: CompanyName): Promise<void> => {
    setBusy(true);
    setFailure('');
    try {
      const address = await findCompany(company);
      if (address !== undefined) {
        leaveFor(address, back);
        return;
      }
      setFailure('We know no company sign-in for this. Use the address that your company gave you, or another way.');
    } catch (error) {
      setFailure(error instanceof ApiFailure ? error.message : 'Something unforeseen went wrong.');
    }
    setBusy(false);
  };
  return (
    <form
      aria-label="Company"
      onSubmit={(event) => {
        event.preventDefault();
        void go(entry === undefined ? { email: fieldText(event.currentTarget, 'email').trim() } : { entry });
      }}
    >
      {entry === undefined && (
        <>
          <label htmlFor="email">Work e-mail</label>
          <input id="email" name="email" type="email" autoComplete="email" required maxLength={254} />
        </>
      )}
      <button type="submit" className={entry === undefined ? 'button' : 'button primary'} disabled={busy}>
        Sign in with your company
      </button>
      <div className="form-failure" role="alert">
        {failure}
      </div>
    </form>
  );
}
