import { AbstractObject } from './abstract-object.ts';
import { callValue, type Call } from './evaluate-call.ts';
import { build, sampleOf } from './invoke.ts';
import { copyMembers, deepTaints, loadMember } from './members.ts';
import { allocate, namedKey, writeField, type Activation } from './session.ts';
import { objectValue, unknown, type Value } from './value.ts';

const propertiesDepth = 2; // members down that properties are searched for data from outside

/** `<Component a={b}/>`: a component is given its properties. Only those with data from outside are followed. */
export function renderedBy(activation: Activation, call: Call): Value {
  const [component = unknown, properties = unknown] = call.args;
  if (component.objects.length === 0 || deepTaints(activation, properties, propertiesDepth).length === 0) return unknown;
  callValue(activation, component, { args: [properties], site: call.site });
  const { session } = activation;
  for (const target of component.objects) {
    if (target.kind !== 'class') continue;
    const made = allocate(activation.instance, call.id, 'plain');
    build(session, { object: made, target, args: [properties], activation });
    for (const object of [made, ...sampleOf(session, target).objects]) writeField(session, object, { key: 'props', value: properties });
  }
  return unknown;
}

/** `useState(first)`: a pair of what is kept and the function that replaces it. */
export function stateOf(activation: Activation, call: Call): Value {
  const pair = allocate(activation.instance, call.id, 'array');
  const setter = new AbstractObject('function');
  setter.builtin = { does: 'settle', promise: pair };
  if (!pair.fields.has('1')) pair.setField('1', objectValue(setter));
  writeField(activation.session, pair, { key: '0', value: call.args[0] ?? unknown });
  return objectValue(pair);
}

/** `component.setState(change)`: members are merged into what the component keeps; a function is asked for them. */
export function changedState(activation: Activation, call: Call): Value {
  const { session } = activation;
  const { receiver } = call;
  const [change = unknown] = call.args;
  const before = loadMember(activation, receiver, namedKey(session, 'state'));
  const properties = loadMember(activation, receiver, namedKey(session, 'props'));
  const given = change.objects.some(({ kind }) => kind === 'function')
    ? callValue(activation, change, { args: [before, properties], site: call.site })
    : change;
  if (given.objects.length === 0) return unknown;
  copyMembers(activation, before, { source: given, except: [] });
  if (before.objects.length === 0) for (const object of receiver.objects) writeField(session, object, { key: 'state', value: given });
  return unknown;
}
