import type { Instruction, ValueId } from '../ir/instruction.ts';
import { AbstractObject, type Closure } from './abstract-object.ts';
import { allocate, valueOf, type Activation } from './session.ts';
import { join, nothing, objectValue, type Value } from './value.ts';

type ClassInstruction = Extract<Instruction, { op: 'class' }>;

/** Makes a class where it stands; a second pass only learns more of what it extends. */
export function evaluateClass(activation: Activation, instruction: ClassInstruction, id: ValueId): Value {
  const { session, instance } = activation;
  const known = instance.objects.get(id);
  const parent = instruction.parent === undefined ? nothing : valueOf(instance, instruction.parent);
  if (known !== undefined) {
    known.parent = join(known.parent, parent, session.bounds);
    return instance.values[id] ?? objectValue(known);
  }
  const object = allocate(instance, id, 'class');
  object.parent = parent;
  object.setField('prototype', objectValue(prototypeOf(activation, instruction, object)));
  const [first, ...others] = instruction.constructorIds.flatMap((constructorId): Closure[] => {
    const fn = instance.unit.module.functions[constructorId];
    return fn === undefined
      ? []
      : [{ fn, unit: instance.unit, environment: instance, instances: [], constructs: object, called: false, offered: false }];
  });
  object.closure = first;
  object.overloads = others;
  instance.unit.functions.push(object);
  return objectValue(object);
}

/** Members are looked for in what the class extends, and then in the interfaces that it names. */
function prototypeOf({ session, instance }: Activation, instruction: ClassInstruction, object: AbstractObject): AbstractObject {
  const prototype = new AbstractObject('plain');
  prototype.home = object;
  const above = instruction.interfaces.map((id) => valueOf(instance, id));
  for (const value of [object.parent, ...above]) {
    for (const item of value.objects) {
      item.addSubclass(object);
      prototype.prototype = join(prototype.prototype, item.fields.get('prototype') ?? nothing, session.bounds);
    }
  }
  return prototype;
}
