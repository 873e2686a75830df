import type { ReactNode } from 'react';
import { visibleParts } from './visible-parts.ts';

/** Text of a customer: nothing in it is markup, and nothing in it can hide. */
export function VisibleText({ text }: { readonly text: string }): ReactNode {
  return visibleParts(text).map((part, index) =>
    part.kind === 'plain' ? (
      part.text
    ) : (
      <mark key={index} className="hidden-character" title="This character is invisible or changes how text is read">
        {part.text}
      </mark>
    ),
  );
}
