import type { Subject } from './subject.ts';
import type { Place } from './value.ts';

/** One thing wrong with a subject, as a predicate reports it. */
export type Fault = {
  /** Where it is written; the subject's first line when something is missing. */
  readonly place: Place;
  /** Added to the message: what exactly. Never a value that may be secret. */
  readonly note?: string;
  /** Tells several faults of one subject apart in the fingerprint. */
  readonly context?: string;
};

/** A check in code, named by a rule. */
export type Predicate = (subject: Subject) => readonly Fault[];
