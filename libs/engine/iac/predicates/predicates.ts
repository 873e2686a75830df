import type { Predicate } from '../model/fault.ts';
import { openIngress } from './open-ingress.ts';

/** Every check in code that a rule may name. */
export const predicates: ReadonlyMap<string, Predicate> = new Map<string, Predicate>([['tf/open-ingress', openIngress]]);
