import { callMethod } from './call-method.ts';
import type { Call } from './evaluate-call.ts';
import { deepTaints } from './members.ts';
import type { Activation } from './session.ts';
import { mergeTaints, stepped, type Taint } from './taint.ts';
import { unknown, type Value } from './value.ts';

const depth = 2; // members down that a value is searched for taints when a function that is not seen takes it whole

/** Names of functions that make a text harmless, or something that carries nothing of it. */
const sanitizing =
  /escape|sanitiz|clean|quote|hash|digest|encrypt|^(?:Is|Has|Atoi|Parse(?:Int|Uint|Float|Bool)|Valid|Check|Verify|Count|Size|Len|Contains|Equal|Index)/iu;

/** Calls a function or method of which neither the tree nor the models know anything: what comes in may come out. */
export function callGo(activation: Activation, call: Call): Value {
  const name = call.instruction.spelling.at(-1) ?? '';
  if (call.instruction.receiver !== undefined && (call.receiver.objects.length > 0 || call.receiver.taints.length > 0))
    return callMethod(activation, call, name);
  if (sanitizing.test(name) || call.instruction.form === 'new') return unknown;
  let taints: readonly Taint[] = [];
  for (const value of call.args) taints = mergeTaints(taints, deepTaints(activation, value, depth), activation.session.bounds.taintsMax);
  if (taints.length === 0) return unknown;
  return {
    ...unknown,
    taints: taints.map((taint) => ({ ...stepped(taint, call.site, `passed through \`${name.slice(0, 60)}\``), guessed: true })),
  };
}
