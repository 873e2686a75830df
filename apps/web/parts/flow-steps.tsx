import type { FlowStep } from '@lib/contract';
import type { ReactNode } from 'react';
import { InlineCode } from '../text/inline-code.tsx';
import { VisibleText } from '../text/visible-text.tsx';

/** The way of the data from where it comes in to where it does harm, in order. */
export function FlowSteps({ flow }: { readonly flow: readonly FlowStep[] }): ReactNode {
  return (
    <ol className="flow">
      {flow.map((step, index) => (
        <li key={index}>
          <span className="step-number" aria-hidden="true">
            {index + 1}
          </span>
          <div>
            <div className="flow-note">
              <InlineCode text={step.note} />
            </div>
            <div className="meta">
              <span className="role">{index === 0 ? 'Source' : index === flow.length - 1 ? 'Sink' : 'Step'}</span> ·{' '}
              <code>
                <VisibleText text={step.location.path} />:{step.location.startLine}
              </code>
            </div>
          </div>
        </li>
      ))}
    </ol>
  );
}
