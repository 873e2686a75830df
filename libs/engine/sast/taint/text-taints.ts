import { sourceTaint, type Session } from './session.ts';
import { mergeTaints, type Site, type Taint } from './taint.ts';
import type { Value } from './value.ts';

/** What the models say that an object is when it is made a text, as `location` is the address of the page: member `$text`. */
export function textTaints(session: Session, value: Value, site: Site): readonly Taint[] {
  let taints: readonly Taint[] = [];
  for (const state of value.states) {
    const source = state.members.get('$text')?.source;
    if (source !== undefined) taints = mergeTaints(taints, [sourceTaint(session, source, site)], session.bounds.taintsMax);
  }
  return taints;
}
