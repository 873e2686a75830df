import { callValue, type Call } from './evaluate-call.ts';
import { loadMember, symbolPrefix } from './members.ts';
import { allocate, namedKey, writeField, type Activation } from './session.ts';
import { objectValue, stringsOf, unknown, type Value } from './value.ts';

/** Listeners lie under a name that no text spells. */
function keyOf(event: string): string {
  return `${symbolPrefix}on:${event}`;
}

export function newEmitter(activation: Activation, call: Call): Value {
  return objectValue(allocate(activation.instance, call.id, 'plain'));
}

/** `emitter.on(event, listener)`: kept with the emitter. */
export function listened(activation: Activation, call: Call): Value {
  const [event = unknown, listener = unknown] = call.args;
  for (const object of call.receiver.objects)
    for (const name of stringsOf(event)) writeField(activation.session, object, { key: keyOf(name), value: listener });
  return call.receiver;
}

/** `emitter.emit(event, ...values)`: each listener is called with them. */
export function emitted(activation: Activation, call: Call): Value {
  const [event = unknown, ...args] = call.args;
  for (const name of stringsOf(event)) {
    const listeners = loadMember(activation, { ...call.receiver, taints: [], states: [] }, namedKey(activation.session, keyOf(name)));
    callValue(activation, listeners, { args, receiver: call.receiver, site: call.site });
  }
  return unknown;
}
