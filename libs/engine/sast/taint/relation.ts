import type { Instruction, ValueId } from '../ir/instruction.ts';
import type { Instance } from './instance.ts';

/**
 * How a tested value stands to the one in question: it is that value; a text made from it that says as much (`x.trim()`);
 * the host of the address that it is; the way to it from a base folder; the word for its type.
 */
export type Relation = 'same' | 'text' | 'host' | 'relative' | 'type';

const hopsMax = 4; // makings between the tested value and the one in question

const textual: ReadonlySet<string> = new Set([
  'trim',
  'toLowerCase',
  'toUpperCase',
  'toString',
  'String',
  'normalize',
  'Number',
  'parseInt',
  'parseFloat',
]);
const pathMakers: ReadonlySet<string> = new Set(
  'resolve join normalize realpathSync realpath abspath normpath Clean Join Abs File Path getCanonicalPath getCanonicalFile getAbsolutePath toAbsolutePath toPath toFile toRealPath'.split(
    ' ',
  ),
);
const relativeMakers: ReadonlySet<string> = new Set(['relative', 'relpath', 'Rel', 'relativize']);
const hostMembers: ReadonlySet<string> = new Set(['host', 'hostname', 'origin']);

export function relationOf(instance: Instance, tested: ValueId, value: ValueId): Relation | undefined {
  return relate(instance, { tested, value, hops: 0 });
}

type Pair = { readonly tested: ValueId; readonly value: ValueId; readonly hops: number };

function relate(instance: Instance, pair: Pair): Relation | undefined {
  const { code } = instance.fn;
  const base = baseOf(code, pair.tested);
  if (base === baseOf(code, pair.value)) return 'same';
  if (pair.hops >= hopsMax) return undefined;
  const made = code[base];
  const further = (tested: ValueId): Relation | undefined => relate(instance, { ...pair, tested, hops: pair.hops + 1 });
  switch (made?.op) {
    case 'await':
      return further(made.value);
    case 'unary':
      return relateUnary(made.operator, further(made.operand));
    case 'load':
      return 'name' in made.key && hostMembers.has(made.key.name) && further(made.object) !== undefined ? 'host' : undefined;
    case 'call':
      return relateCall(made, further);
    default:
      return undefined;
  }
}

function relateUnary(operator: string, operand: Relation | undefined): Relation | undefined {
  if (operator === 'typeof') return operand === 'same' ? 'type' : undefined;
  return operator === '+' ? asText(operand) : undefined;
}

function relateCall(made: Extract<Instruction, { op: 'call' }>, further: (tested: ValueId) => Relation | undefined): Relation | undefined {
  const name = made.spelling.at(-1) ?? '';
  const ofArguments = (): Relation | undefined =>
    made.arguments.map((argument) => further(argument.value)).find((relation) => relation !== undefined);
  if (relativeMakers.has(name)) return ofArguments() === undefined ? undefined : 'relative';
  if (made.form === 'new' && name === 'URL') return ofArguments();
  if (name === 'parse' && made.spelling.at(-2) === 'url') return ofArguments();
  if (!textual.has(name) && !pathMakers.has(name)) return undefined;
  const found = (made.receiver === undefined ? undefined : further(made.receiver)) ?? ofArguments();
  return asText(found);
}

function asText(relation: Relation | undefined): Relation | undefined {
  return relation === 'same' ? 'text' : relation;
}

/** The value that a narrowed or chosen one is. */
export function baseOf(code: readonly Instruction[], id: ValueId): ValueId {
  let at = id;
  for (;;) {
    const instruction = code[at];
    if (instruction?.op === 'refine') at = instruction.value;
    else if (instruction?.op === 'choose') at = instruction.otherwise;
    else return at;
  }
}

/** Whether a key was found by going through the very object: what lies under it is the object's own. */
export function isOwnKey(instance: Instance, object: ValueId, key: ValueId): boolean {
  const { code } = instance.fn;
  const named = code[baseOf(code, key)];
  if (named?.op === 'keys') return relationOf(instance, named.of, object) === 'same';
  const list = named?.op === 'element' ? code[baseOf(code, named.of)] : undefined;
  if (list?.op !== 'call' || !/^(?:keys|ownKeys|getOwnPropertyNames)$/u.test(list.spelling.at(-1) ?? '')) return false;
  const [of] = list.arguments;
  return of !== undefined && relationOf(instance, of.value, object) === 'same';
}
