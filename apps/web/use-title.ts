import { useEffect } from 'react';
import { plainText } from './text/visible-parts.ts';

/** Names the page in the tab and in the history. */
export function useTitle(name: string): void {
  useEffect(() => {
    document.title = `${plainText(name)} · Aegis`;
  }, [name]);
}
