import type { Excerpt, FlowStep, Location } from '@lib/contract';
import type { ReactNode } from 'react';
import { plainText } from '../text/visible-parts.ts';
import { VisibleText } from '../text/visible-text.tsx';

type Props = { readonly excerpt: Excerpt; readonly location: Location; readonly flow: readonly FlowStep[] };

/** The lines around a finding. The line it points at is marked, and so are the flow's steps that lie within, by their number. */
export function CodeExcerpt({ excerpt, location, flow }: Props): ReactNode {
  return (
    <div className="code" role="region" aria-label={`Code of ${plainText(location.path)}`} tabIndex={0}>
      <table>
        <tbody>
          {excerpt.lines.map((text, index) => {
            const line = excerpt.startLine + index;
            const hit = line >= location.startLine && line <= location.endLine;
            const steps = flow.flatMap((step, at) =>
              step.location.path === location.path && step.location.startLine === line ? [at + 1] : [],
            );
            return (
              <tr key={line} className={hit ? 'code-hit' : steps.length > 0 ? 'code-passed' : undefined}>
                <th scope="row" className="code-line">
                  {line}
                </th>
                <td className="code-step">{steps.length > 0 && <span className="step-number">{steps.join(', ')}</span>}</td>
                <td>
                  <code>{text === '' ? ' ' : <VisibleText text={text} />}</code>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
