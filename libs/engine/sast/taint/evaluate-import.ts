import type { Instruction } from '../ir/instruction.ts';
import { evaluate } from './evaluate.ts';
import { Instance, type Unit } from './instance.ts';
import { namedKey, type Activation, type Session } from './session.ts';
import { loadMember } from './members.ts';
import { join, objectValue, unknown, type Value } from './value.ts';

/** What an import stands for: a file of the tree, or a module that the models know. */
export function evaluateImport(activation: Activation, instruction: Extract<Instruction, { op: 'import' }>): Value {
  if (instruction.specifier.startsWith('go:')) return importGo(activation, instruction);
  const whole = importModule(activation, instruction.specifier);
  if (instruction.name === '*') return whole;
  const below = instruction.specifier.startsWith('py:') && whole.objects.every((object) => !object.fields.has(instruction.name));
  // `from package import module`
  const inner = below
    ? importModule(activation, `${instruction.specifier}${instruction.specifier.endsWith('.') ? '' : '.'}${instruction.name}`)
    : unknown;
  if (inner !== unknown) return inner;
  const member = loadMember(activation, whole, namedKey(activation.session, instruction.name));
  // A default import of a CommonJS file is all that it exports.
  const isWhole =
    instruction.name === 'default' && whole.objects.length > 0 && !whole.objects.some((object) => object.fields.has('default'));
  return isWhole ? join(member, whole, activation.session.bounds) : member;
}

/** A member of a Go package: of one that the models know, or of whichever file of the package declares it. */
function importGo(activation: Activation, { specifier, name }: Extract<Instruction, { op: 'import' }>): Value {
  const { session, instance } = activation;
  const state = session.models.modules.get(specifier);
  const key = namedKey(session, name);
  if (state !== undefined) return loadMember(activation, { ...unknown, states: [state] }, key);
  const unit = session.resolve(`${specifier}#${name}`, instance.unit.module.path);
  if (unit === undefined) return unknown;
  startUnit(session, unit);
  return loadMember(activation, objectValue(unit.exports), key);
}

/** All that a module exports. */
export function importModule({ session, instance }: Activation, specifier: string): Value {
  const state = session.models.modules.get(specifier.startsWith('node:') ? specifier.slice(5) : specifier);
  if (state !== undefined) return { ...unknown, states: [state] };
  const unit = session.resolve(specifier, instance.unit.module.path);
  if (unit === undefined) return unknown;
  startUnit(session, unit);
  unit.moduleObject.addReader(instance);
  return unit.moduleObject.fields.get('exports') ?? objectValue(unit.exports);
}

/** Evaluates the body of a file, once. */
export function startUnit(session: Session, unit: Unit): void {
  const fn = unit.module.functions[0];
  if (unit.started || fn === undefined) return;
  unit.started = true;
  const body = new Instance({ fn, unit, environment: undefined }, undefined, { args: [], receiver: objectValue(unit.exports) });
  session.instances.push(body);
  evaluate(session, body);
}
