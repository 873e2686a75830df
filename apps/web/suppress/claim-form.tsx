import { findingIdSchema, limits, vexJustificationSchema, type ClaimWish, type FindingView, type SuppressedState } from '@lib/contract';
import { useState, type ReactNode } from 'react';
import { decisionWords } from './claim-words.ts';

/** What the form has to know of a finding. */
export type Subject = Pick<FindingView, 'id' | 'path' | 'ruleId' | 'analyzer'>;

type Props = {
  readonly subjects: readonly Subject[];
  readonly pending: boolean;
  readonly onWish: (wish: ClaimWish) => void;
  readonly onCancel: () => void;
};

const dayMs = 86_400_000;
const spans = [30, 90, 180, 365] as const;
const scopeWords = {
  finding: 'These findings',
  rule: 'This rule in a file or folder',
  advisory: 'These advisories in every repository',
} as const;

/** What somebody wishes to be said about findings: decision, reason, scope, date. */
export function ClaimForm({ subjects, pending, onWish, onCancel }: Props): ReactNode {
  const [only] = subjects.length === 1 ? subjects : [undefined];
  const [decision, setDecision] = useState<SuppressedState>('accepted_risk');
  const [reason, setReason] = useState('');
  const [kind, setKind] = useState<keyof typeof scopeWords>('finding');
  const [path, setPath] = useState(only?.path ?? '');
  const [days, setDays] = useState(90);
  const [justification, setJustification] = useState('');
  const kinds = (['finding', 'rule', 'advisory'] as const).filter(
    (one) => one === 'finding' || (only !== undefined && (one === 'rule' || only.analyzer === 'sca')),
  );
  const packages = subjects.every(({ analyzer }) => analyzer === 'sca');
  const wish = (): ClaimWish => ({
    findingIds: subjects.map(({ id }) => findingIdSchema.parse(id)),
    decision,
    reason: reason.trim(),
    expiresAt: new Date(Date.now() + days * dayMs).toISOString(),
    scope: kind === 'rule' ? { kind, path: path.replace(/\/+$/u, '') } : { kind },
    ...(packages && decision === 'false_positive' ? justificationOf(justification) : {}),
  });
  return (
    <form
      className="stacked-form"
      onSubmit={(event) => {
        event.preventDefault();
        onWish(wish());
      }}
    >
      <fieldset className="dialog-choices">
        <legend>Decision</legend>
        {(['accepted_risk', 'false_positive'] as const).map((one) => (
          <label key={one}>
            <input type="radio" name="decision" checked={decision === one} onChange={() => setDecision(one)} /> {decisionWords[one]}
          </label>
        ))}
      </fieldset>
      <label>
        Reason, at least {limits.suppressionReasonCharsMin} characters
        <textarea
          rows={3}
          autoFocus
          required
          minLength={limits.suppressionReasonCharsMin}
          maxLength={limits.commentCharsMax}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
      {kinds.length > 1 && (
        <fieldset className="dialog-choices">
          <legend>For</legend>
          {kinds.map((one) => (
            <label key={one}>
              <input type="radio" name="scope" checked={kind === one} onChange={() => setKind(one)} />{' '}
              {one === 'finding' ? 'This finding' : scopeWords[one]}
            </label>
          ))}
        </fieldset>
      )}
      {kind === 'rule' && (
        <label>
          File or folder
          <input value={path} required maxLength={limits.pathBytesMax} onChange={(event) => setPath(event.target.value)} />
        </label>
      )}
      {packages && decision === 'false_positive' && (
        <label>
          Why the product is not affected
          <select value={justification} onChange={(event) => setJustification(event.target.value)}>
            <option value="">only the reason above</option>
            {vexJustificationSchema.options.map((one) => (
              <option key={one} value={one}>
                {one.replaceAll('_', ' ')}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        Until
        <select value={days} onChange={(event) => setDays(Number(event.target.value))}>
          {spans.map((span) => (
            <option key={span} value={span}>
              {span} days from now
            </option>
          ))}
        </select>
      </label>
      <p className="meta">It opens again by then, and earlier when other code is found there or the rule changes.</p>
      <div className="dialog-end">
        <button type="button" className="button quiet" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" className="button primary" disabled={pending || reason.trim().length < limits.suppressionReasonCharsMin}>
          {pending ? 'Putting it together …' : 'Review what is signed'}
        </button>
      </div>
    </form>
  );
}

function justificationOf(text: string): Pick<ClaimWish, 'justification'> {
  const justification = vexJustificationSchema.safeParse(text).data;
  return justification === undefined ? {} : { justification };
}
