import { decidedStates, type ClaimNote, type DecidedState, type FindingDetailView } from '@lib/contract';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { queryClient } from '../api/query-client.ts';
import { change } from '../api/request.ts';
import { SuppressDialog, useSuppressing } from '../suppress/suppress-dialog.tsx';
import { decisionWords } from '../suppress/claim-words.ts';
import { formatInstant } from '../text/format.ts';
import { VisibleText } from '../text/visible-text.tsx';
import { useDecide } from '../triage/use-decide.ts';
import { FindingSection } from './finding-section.tsx';
import { stateWords } from './finding-state-chip.tsx';

const verbs: Readonly<Record<DecidedState, string>> = { open: 'Open', in_review: 'In review', confirmed: 'Confirmed' };

/** Where the finding stands, as something to decide, and room to say why. */
export function FindingTriage({ finding }: { readonly finding: FindingDetailView }): ReactNode {
  const [text, setText] = useState('');
  const decide = useDecide();
  const suppressing = useSuppressing();
  const say = useMutation({
    mutationFn: () => change('POST', `/v1/findings/${finding.id}/comments`, { body: { comment: text }, key: crypto.randomUUID() }),
    onSuccess: () => setText(''),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['finding-acts', finding.id] }),
  });
  const failed = decide.error ?? say.error;
  return (
    <FindingSection title="Decide">
      {finding.state === 'fixed' ? (
        <p>A scan looked and did not find it any more. It reopens by itself when it is there again.</p>
      ) : finding.suppression !== null ? (
        <Quiet claim={finding.suppression} />
      ) : (
        <div className="triage-choices" role="group" aria-label="Where it stands">
          {decidedStates.map((state) => (
            <button
              key={state}
              type="button"
              className="button"
              aria-pressed={finding.state === state}
              disabled={decide.isPending}
              onClick={() => decide.mutate({ finding, state })}
            >
              <span aria-hidden="true">{stateWords[state].shape}</span> {verbs[state]}
            </button>
          ))}
          <button type="button" className="button" aria-haspopup="dialog" onClick={() => suppressing.open([finding])}>
            Suppress …
          </button>
        </div>
      )}
      {suppressing.subjects !== undefined && <SuppressDialog subjects={suppressing.subjects} onClose={suppressing.close} />}
      <form
        className="triage-comment"
        onSubmit={(event) => {
          event.preventDefault();
          say.mutate();
        }}
      >
        <label htmlFor={`comment-${finding.id}`}>Comment</label>
        <textarea
          id={`comment-${finding.id}`}
          rows={2}
          maxLength={4_000}
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder="Why, or what to look at. Everybody in the organisation can read it."
        />
        <button type="submit" className="button" disabled={text.trim() === '' || say.isPending}>
          Add comment
        </button>
      </form>
      {failed !== null && (
        <p role="alert" className="failure">
          {failed.message}
        </p>
      )}
    </FindingSection>
  );
}

function Quiet({ claim }: { readonly claim: ClaimNote }): ReactNode {
  return (
    <div className="quiet-by">
      <p>
        <strong>{decisionWords[claim.decision]}</strong>, signed by <VisibleText text={claim.signedBy} />, until{' '}
        {formatInstant(claim.expiresAt)}.
      </p>
      <p className="history-comment">
        <VisibleText text={claim.reason} />
      </p>
      <p>
        <Link to="/suppressions" search={{ standing: undefined }}>
          All suppressions
        </Link>
      </p>
    </div>
  );
}
