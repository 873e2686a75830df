import type { ClaimWish } from '@lib/contract';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { canUsePasskeys } from '../api/passkey.ts';
import { queryClient } from '../api/query-client.ts';
import { ApiFailure } from '../api/request.ts';
import { formatCount } from '../text/format.ts';
import { askToSign, signClaim } from './ask-to-sign.ts';
import { ClaimForm, type Subject } from './claim-form.tsx';
import { ClaimReview } from './claim-review.tsx';

type Props = { readonly subjects: readonly Subject[]; readonly onClose: (signed: boolean) => void };

/**
 * Two steps: what is wished, then what will be signed, in the words of the text itself. Nothing is shown as done before the server has
 * answered. Escape closes; the focus goes back to where it was.
 */
export function SuppressDialog({ subjects, onClose }: Props): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const asking = useMutation({ mutationFn: (wish: ClaimWish) => askToSign(wish) });
  const signing = useMutation({
    mutationFn: signClaim,
    onSuccess: async () => {
      await Promise.all(
        ['findings', 'finding', 'finding-acts', 'suppressions', 'open-count'].map((key) =>
          queryClient.invalidateQueries({ queryKey: [key] }),
        ),
      );
      onClose(true);
    },
  });
  const unsigned = asking.data;
  const count = unsigned?.claim.count ?? subjects.length;
  const what = count === 1 ? 'this finding' : `${formatCount(count)} findings`;
  return (
    <dialog
      className="dialog"
      ref={dialog}
      aria-labelledby="suppress-title"
      onClose={() => onClose(false)}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <h2 id="suppress-title">Suppress {what}?</h2>
      {!canUsePasskeys() && (
        <p className="form-failure">Passkeys do not work at this address. Use the name of the host instead of its number.</p>
      )}
      {unsigned === undefined ? (
        <ClaimForm
          subjects={subjects}
          pending={asking.isPending}
          onWish={(wish) => asking.mutate(wish)}
          onCancel={() => dialog.current?.close()}
        />
      ) : (
        <>
          <ClaimReview unsigned={unsigned} />
          <div className="dialog-end">
            <button type="button" className="button quiet" onClick={() => asking.reset()} disabled={signing.isPending}>
              Back
            </button>
            <button
              type="button"
              className="button primary"
              autoFocus
              disabled={signing.isPending}
              onClick={() => signing.mutate(unsigned)}
            >
              {signing.isPending ? 'Waiting for the passkey …' : `Sign for ${what} with a passkey`}
            </button>
          </div>
        </>
      )}
      <Failure error={asking.error ?? signing.error} />
    </dialog>
  );
}

function Failure({ error }: { readonly error: Error | null }): ReactNode {
  const [keyless] = [error instanceof ApiFailure && error.problem?.code === 'presence.person_needed'];
  if (error === null) return null;
  return (
    <p role="alert" className="form-failure">
      {error.message} {keyless && <Link to="/settings/sign-in">Add a passkey</Link>}
    </p>
  );
}

/** Whether a dialog is open, and for which findings. */
export function useSuppressing() {
  const [subjects, setSubjects] = useState<readonly Subject[] | undefined>(undefined);
  return { subjects, open: setSubjects, close: () => setSubjects(undefined) };
}
