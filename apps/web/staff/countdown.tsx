import type { ReactNode } from 'react';

/** The time that is left: `12:03 left`. Units: ms. */
export function Countdown({ until, nowMs }: { readonly until: string; readonly nowMs: number }): ReactNode {
  const seconds = Math.max(0, Math.floor((Date.parse(until) - nowMs) / 1000));
  const rest = String(seconds % 60).padStart(2, '0');
  return (
    <span role="timer">
      {Math.floor(seconds / 60)}:{rest} left
    </span>
  );
}
