import type { ReactNode } from 'react';
import { formatInstant } from '../text/format.ts';
import { VisibleText } from '../text/visible-text.tsx';
import type { Unsigned } from './ask-to-sign.ts';
import { decisionWords, scopeText } from './claim-words.ts';

/** What is about to be signed, drawn from the text that will be. */
export function ClaimReview({ unsigned: { claim, sha256, text } }: { readonly unsigned: Unsigned }): ReactNode {
  return (
    <div className="claim-review">
      <dl className="facts">
        <dt>Decision</dt>
        <dd>{decisionWords[claim.decision]}</dd>
        <dt>Reason</dt>
        <dd>
          <VisibleText text={claim.reason} />
        </dd>
        {claim.justification !== undefined && (
          <>
            <dt>Not affected</dt>
            <dd>{claim.justification.replaceAll('_', ' ')}</dd>
          </>
        )}
        <dt>For</dt>
        <dd>
          <VisibleText text={scopeText(claim.scope)} />
        </dd>
        <dt>Until</dt>
        <dd>{formatInstant(claim.expiresAt)}</dd>
      </dl>
      <ol className="claim-findings" tabIndex={0} aria-label={`Findings, ${String(claim.findings.length)}`}>
        {claim.findings.map((finding) => (
          <li key={finding.id}>
            <VisibleText text={finding.title} />
            <span className="meta">
              <VisibleText text={`${finding.path}:${String(finding.startLine)}`} /> · {finding.ruleId} version {finding.ruleVersion}
            </span>
            <span className="meta">
              what was found <code className="digest">{finding.contentSha256}</code>
            </span>
            <span className="meta">
              evidence <code className="digest">{finding.evidenceSha256}</code>
            </span>
          </li>
        ))}
      </ol>
      <details>
        <summary>The text that is signed</summary>
        <pre className="claim-text" tabIndex={0}>
          <VisibleText text={text} />
        </pre>
      </details>
      <p className="meta">
        SHA-256 of the text, which the passkey signs: <code className="digest">{sha256}</code>
      </p>
    </div>
  );
}
