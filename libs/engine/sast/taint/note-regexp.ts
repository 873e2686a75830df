import type { Call } from './evaluate-call.ts';
import { recordEvent } from './evaluate.ts';
import type { Activation } from './session.ts';
import { unknown, type Value } from './value.ts';

const byExpression: ReadonlySet<string> = new Set(['test', 'exec']);
const byText: ReadonlySet<string> = new Set(['match', 'matchAll', 'replace', 'replaceAll', 'split', 'search']);

/** Notes a regular expression that is applied to data from outside. */
export function noteRegexp(activation: Activation, call: Call, name: string): void {
  const [first = unknown] = call.args;
  if (byExpression.has(name)) noteUse(activation, call, { expression: call.receiver, subject: first });
  else if (byText.has(name)) {
    noteUse(activation, call, { expression: first, subject: call.receiver });
    noteText(activation, call, name);
  }
}

/** Notes one regular expression and what it is applied to, when that comes from outside. */
export function noteUse(activation: Activation, call: Call, use: { readonly expression: Value; readonly subject: Value }): void {
  if (use.subject.taints.length === 0) return;
  const { session, instance } = activation;
  for (const regexp of use.expression.objects) {
    if (regexp.regexp === undefined) continue;
    const key = `${call.site.path} ${String(call.site.start)} ${regexp.regexp.pattern}`;
    session.regexpUses.set(key, { instance, id: call.id, regexp, subject: use.subject });
  }
}

/** A text that is handed where an expression is wanted becomes one: `text.match(data)`. */
function noteText(activation: Activation, call: Call, name: string): void {
  const [first = unknown] = call.args;
  const { session, instance } = activation;
  const state = session.models.text?.members.get(name);
  const isText =
    call.receiver.objects.length === 0 &&
    call.receiver.states.length === 0 &&
    // much that is no text has a method of this name
    (name !== 'search' || call.receiver.constants.length > 0);
  if (state !== undefined && first.taints.length > 0 && isText) recordEvent(session, instance, { id: call.id, states: [state] });
}
