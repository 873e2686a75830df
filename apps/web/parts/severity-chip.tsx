import type { Severity } from '@lib/contract';
import type { ReactNode } from 'react';

// said by word, shape and colour: never by colour alone
const shapes: Readonly<Record<Severity, string>> = { critical: '▲▲', high: '▲', medium: '◆', low: '▽', info: '○' };

/** A severity as a word in a chip. */
export function SeverityChip({ severity }: { readonly severity: Severity }): ReactNode {
  return (
    <span className={`chip severity-${severity}`}>
      <span aria-hidden="true">{shapes[severity]}</span> {severity}
    </span>
  );
}
