import { createContext, use, type ReactNode } from 'react';

/** Where a finding is shown: alone, its title names the page; in the pane beside the list it is one step lower. */
export type FindingPlace = 'page' | 'pane';
export const FindingPlaceContext = createContext<FindingPlace>('page');

/** A part of a finding under its heading. */
export function FindingSection({ title, children }: { readonly title: ReactNode; readonly children: ReactNode }): ReactNode {
  const Heading = use(FindingPlaceContext) === 'page' ? 'h2' : 'h3';
  return (
    <section>
      <Heading className="section-name">{title}</Heading>
      {children}
    </section>
  );
}
