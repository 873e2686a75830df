import type { AbstractObject } from './abstract-object.ts';
import { evaluate } from './evaluate.ts';
import { startUnit } from './evaluate-import.ts';
import type { Unit } from './instance.ts';
import { invoke, sampleOf } from './invoke.ts';
import { defaultArguments } from './roots.ts';
import type { Session } from './session.ts';
import { unknown, type Value } from './value.ts';

/** Analyses a file: its body, then every function that nothing in sight has called, as callers out of sight would. */
export function runAnalysis(session: Session, unit: Unit): void {
  startUnit(session, unit);
  settle(session);
  // The list grows while functions run: what they define is met in its turn.
  for (let at = 0; at < session.functions.length && !session.exhausted; at++) {
    const target = session.functions[at];
    const closure = target?.closure;
    if (target === undefined || closure === undefined || closure.called || closure.unit !== unit || target.kind === 'class') continue;
    invoke(undefined, session, { target, call: { args: defaultArguments(session, closure), receiver: receiverOf(session, target) } });
    settle(session);
  }
}

/** Evaluates what has changed until nothing does. */
function settle(session: Session): void {
  for (let next = session.worklist.pop(); next !== undefined; next = session.worklist.pop()) {
    if (next.dirty && !next.running && !session.exhausted) evaluate(session, next);
  }
}

function receiverOf(session: Session, target: AbstractObject): Value {
  const owner = target.home?.home;
  return owner?.kind === 'class' ? sampleOf(session, owner) : unknown;
}
