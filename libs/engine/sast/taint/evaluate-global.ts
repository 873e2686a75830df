import { sensitiveSource } from './sensitive-name.ts';
import { siteHere, sourceTaint, type Activation } from './session.ts';
import { constantValue, objectValue, unknown, type Value } from './value.ts';

/** What a name means that the program does not declare. */
export function evaluateGlobal(activation: Activation, name: string): Value {
  return named(activation, name, globalOf(activation, name));
}

/** A name that says that it holds a secret. */
function named(activation: Activation, name: string, value: Value): Value {
  const secret = value === unknown ? sensitiveSource(activation.session.models, name) : undefined;
  return secret === undefined ? value : { ...unknown, taints: [sourceTaint(activation.session, secret, siteHere(activation))] };
}

function globalOf(activation: Activation, name: string): Value {
  const { session, instance } = activation;
  if (name === 'exports') {
    instance.unit.moduleObject.addReader(instance);
    return objectValue(instance.unit.exports);
  }
  if (name === '__dirname' && instance.unit.module.language === 'javascript') return constantValue('.', siteHere(activation));
  if (name === 'module') return objectValue(instance.unit.moduleObject);
  const { globals } = session.models;
  if (name === 'globalThis' || name === 'window' || name === 'self' || name === 'global') return { ...unknown, states: [globals] };
  const state = globals.members.get(name);
  return state === undefined ? unknown : { ...unknown, states: [state] };
}
