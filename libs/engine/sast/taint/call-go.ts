import { callMethod } from './call-method.ts';
import type { Call } from './evaluate-call.ts';
import { guessed } from './library-method.ts';
import type { Activation } from './session.ts';
import { unknown, type Value } from './value.ts';

/** Names of functions that make a text harmless, or something that carries nothing of it. */
const sanitizing =
  /escape|sanitiz|clean|quote|hash|digest|encrypt|^(?:Is|Has|Atoi|Parse(?:Int|Uint|Float|Bool)|Valid|Check|Verify|Count|Size|Len|Contains|Equal|Index)/iu;

/** Calls a function or method of which neither the tree nor the models know anything: what comes in may come out. */
export function callGo(activation: Activation, call: Call): Value {
  const name = call.instruction.spelling.at(-1) ?? '';
  if (call.instruction.receiver !== undefined && (call.receiver.objects.length > 0 || call.receiver.taints.length > 0))
    return callMethod(activation, call, name);
  if (sanitizing.test(name) || call.instruction.form === 'new') return unknown;
  return guessed(activation, call, call.args);
}
