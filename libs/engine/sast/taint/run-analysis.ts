import type { AbstractObject } from './abstract-object.ts';
import { evaluate } from './evaluate.ts';
import { startUnit } from './evaluate-import.ts';
import type { Unit } from './instance.ts';
import { invoke, sampleOf } from './invoke.ts';
import { defaultArguments } from './roots.ts';
import type { Session } from './session.ts';
import { objectValue, unknown, type Value } from './value.ts';

/** Analyses the body of a file, and through it the bodies of the files that it imports. */
export function analyzeBody(session: Session, unit: Unit): void {
  startUnit(session, unit);
  settle(session);
}

/** Analyses every function of a file that nothing in sight has called, as callers out of sight would call it. */
export function analyzeFunctions(session: Session, unit: Unit): void {
  // The list grows while functions run: what they define is met in its turn.
  for (let at = 0; at < unit.functions.length && !unit.exhausted; at++) {
    const target = unit.functions[at];
    const closure = target?.closure;
    if (target === undefined || closure === undefined || closure.called || target.kind === 'class') continue;
    invoke(undefined, session, { target, call: { args: defaultArguments(session, closure), receiver: receiverOf(session, target) } });
    settle(session);
  }
}

/** Evaluates what has changed until nothing does, in the order in which it changed. */
export function settle(session: Session): void {
  const { worklist } = session;
  // The list grows while it is gone through.
  for (const next of worklist) if (next.dirty && !next.running) evaluate(session, next);
  worklist.length = 0;
}

function receiverOf(session: Session, target: AbstractObject): Value {
  const { home } = target;
  const owner = home?.home;
  if (owner?.kind === 'class' || owner?.kind === 'function') return sampleOf(session, owner);
  return home?.kind === 'plain' ? objectValue(home) : unknown;
}
