import type { ReactNode } from 'react';
import { VisibleText } from './visible-text.tsx';

/** A sentence in which what stands between backticks is code. Nothing else in it is markup. */
export function InlineCode({ text }: { readonly text: string }): ReactNode {
  const pieces = text.split('`', piecesMax);
  if (pieces.length % 2 === 0 || pieces.length === piecesMax) return <VisibleText text={text} />;
  return pieces.map((piece, index) =>
    index % 2 === 0 ? (
      <VisibleText key={index} text={piece} />
    ) : (
      <code key={index}>
        <VisibleText text={piece} />
      </code>
    ),
  );
}

// More than this is no sentence.
const piecesMax = 41;
