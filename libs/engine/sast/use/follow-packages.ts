import { limits } from '@lib/contract';
import type { Instruction, ValueId } from '../ir/instruction.ts';
import type { IrFunction } from '../ir/module.ts';
import type { AbstractObject } from '../taint/abstract-object.ts';
import { keyName, nodeOf, outward, type Code, type CodeGraph, type Node, type Uses } from './code-graph.ts';
import { memberOf, type Origin } from './origin.ts';

/** What is done with a value of a package, and where. */
export type Sighting = { readonly origin: Origin; readonly node: Node; readonly does: 'import' | 'member' | 'call' | 'escape' };

/** Everything that is done with values of packages. `cut` when a bound was reached, so that more may be done. */
export type Following = { readonly sightings: readonly Sighting[]; readonly cut: boolean };

type Walk = {
  readonly graph: CodeGraph;
  readonly known: Map<Node, Origin[]>;
  readonly queue: { node: Node; origin: Origin }[];
  readonly held: Map<AbstractObject, { key: string; origin: Origin }[]>;
  readonly sightings: Sighting[];
  cut: boolean;
};

const originsPerValueMax = 8;

/**
 * Follows modules of packages forward from where they are loaded: through variables, members, files, parameters and results. A value that
 * goes where the graph does not lead is noted as having escaped. Bounds: `sastPackageStepsMax`.
 */
export function followPackages(graph: CodeGraph): Following {
  const walk: Walk = { graph, known: new Map(), queue: [], held: new Map(), sightings: [], cut: false };
  for (const [node, imports] of graph.imports) {
    for (const { specifier, member } of imports) {
      const module: Origin = { specifier, members: [] };
      see(walk, node, { origin: module, does: 'import' });
      const origin = member === '*' ? module : memberOf(module, member);
      if (member !== '*') see(walk, node, { origin, does: 'member' });
      reach(walk, node, origin);
    }
  }
  // the queue grows while it is walked
  for (const { node, origin } of walk.queue) spreadOut(walk, node, origin);
  return walk;
}

function see(walk: Walk, node: Node, { origin, does }: Pick<Sighting, 'origin' | 'does'>): void {
  walk.sightings.push({ origin, node, does });
}

function reach(walk: Walk, node: Node, origin: Origin): void {
  const known = walk.known.get(node) ?? [];
  if (known.some((other) => isSame(other, origin))) return;
  if (known.length >= originsPerValueMax || walk.queue.length >= limits.sastPackageStepsMax) walk.cut = true;
  else {
    walk.known.set(node, [...known, origin]);
    walk.queue.push({ node, origin });
  }
}

function isSame(a: Origin, b: Origin): boolean {
  return a.specifier === b.specifier && a.members.length === b.members.length && a.members.every((name, at) => name === b.members[at]);
}

function spreadOut(walk: Walk, node: Node, origin: Origin): void {
  const { code, id } = node;
  for (const reader of code.outerReads.get(id) ?? []) reach(walk, reader, origin);
  const { takenBy, writtenTo } = usesOf(code);
  for (const index of writtenTo.get(id) ?? []) for (const reader of code.cellReads.get(index) ?? []) reach(walk, reader, origin);
  for (const user of takenBy.get(id) ?? []) use(walk, { node: nodeOf(code, user), of: id, origin });
}

type Using = { readonly node: Node; readonly of: ValueId; readonly origin: Origin };

type Of<Op extends Instruction['op']> = Extract<Instruction, { op: Op }>;
type Rules = { readonly [Op in Instruction['op']]?: (walk: Walk, using: Using, instruction: Of<Op>) => void };

const passOn = (walk: Walk, { node, origin }: Using): void => {
  reach(walk, node, origin);
};
const letGo = (walk: Walk, { node, origin }: Using): void => {
  see(walk, node, { origin, does: 'escape' });
};

// What is not here, as a comparison or a text, hands nothing of the package on.
const rules: Rules = {
  declared: passOn,
  refine: passOn,
  phi: passOn,
  choose: passOn,
  await: passOn,
  array: letGo,
  element: letGo,
  keys: letGo,
  yield: letGo,
  throw: letGo,
  assign: (walk, using, { hops, variable }) => {
    passOn(walk, using);
    for (const reader of outward(using.node.code, hops)?.cellReads.get(variable) ?? []) reach(walk, reader, using.origin);
  },
  load: (walk, using, instruction) => {
    loadFrom(walk, using, keyName(instruction));
  },
  store: (walk, using, instruction) => {
    keep(walk, using, keyName(instruction));
  },
  spread: (walk, using) => {
    keep(walk, using, '**');
  },
  call,
  return: (walk, using) => {
    const { callers } = using.node.code;
    if (callers.size === 0) letGo(walk, using);
    for (const caller of callers) reach(walk, caller, using.origin);
  },
};

/** What one instruction does with a value of a package. */
function use(walk: Walk, using: Using): void {
  const instruction = using.node.code.fn.code[using.node.id];
  if (instruction !== undefined) apply(rules, instruction, { walk, using });
}

function apply<Op extends Instruction['op']>(
  table: { readonly [Key in Op]?: (walk: Walk, using: Using, instruction: Of<Key>) => void },
  instruction: Of<Op>,
  { walk, using }: { readonly walk: Walk; readonly using: Using },
): void {
  table[instruction.op]?.(walk, using, instruction);
}

function loadFrom(walk: Walk, { node, origin }: Using, key: string): void {
  if (key === '*') {
    see(walk, node, { origin, does: 'escape' });
    return;
  }
  const member = memberOf(origin, key);
  see(walk, node, { origin: member, does: 'member' });
  reach(walk, node, member);
}

/** Puts a value into a member of objects; under `**` its own members. Whoever reads that member has it. */
function keep(walk: Walk, { node, origin }: Using, key: string): void {
  const objects = walk.graph.written.get(node.code.fn)?.get(node.id);
  if (objects === undefined || objects.size === 0) see(walk, node, { origin, does: 'escape' });
  for (const object of objects ?? []) {
    const loads = walk.graph.loads.get(object);
    for (const [wanted, readers] of loads ?? []) for (const reader of readers) handOver(walk, reader, { origin, key, wanted });
  }
}

type Handing = { readonly origin: Origin; readonly key: string; readonly wanted: string };

function handOver(walk: Walk, reader: Node, { origin, key, wanted }: Handing): void {
  if (key === wanted || (wanted === '*' && key !== '**') || key === '*') reach(walk, reader, origin);
  else if (key === 'exports' && wanted.startsWith('exports.')) {
    // `import { a } from './file'` where the file says `module.exports = require('package')`
    loadFrom(walk, { node: reader, of: reader.id, origin }, wanted.slice('exports.'.length));
  } else if (key === '**') loadFrom(walk, { node: reader, of: reader.id, origin }, wanted);
}

function call(walk: Walk, { node, of, origin }: Using, instruction: Extract<Instruction, { op: 'call' }>): void {
  if (instruction.callee === of) {
    see(walk, node, { origin, does: 'call' });
    reach(walk, node, memberOf(origin, '()'));
  }
  const targets = [...(walk.graph.called.get(node.code.fn)?.get(node.id) ?? [])];
  for (const [index, argument] of instruction.arguments.entries()) {
    if (argument.value !== of) continue;
    const parameters = argument.spread ? [] : targets.flatMap((fn) => parameterOf(walk, fn, index));
    for (const parameter of parameters) reach(walk, parameter, origin);
    if (parameters.length === 0) see(walk, node, { origin, does: 'escape' });
  }
  if (instruction.named?.some(({ value }) => value === of) === true) see(walk, node, { origin, does: 'escape' });
}

function parameterOf(walk: Walk, fn: IrFunction, index: number): readonly Node[] {
  const code = walk.graph.codes.get(fn);
  if (code === undefined) return [];
  const ids = fn.code.flatMap((instruction, id) =>
    instruction.op === 'parameter' && instruction.index === index && !instruction.rest ? [id] : [],
  );
  return ids.map((id) => nodeOf(code, id));
}

/** Which instructions of a function take each value, and to which variables it is written. Made once a function. */
function usesOf(code: Code): Uses {
  if (code.uses !== undefined) return code.uses;
  const takenBy = new Map<ValueId, ValueId[]>();
  for (const [id, instruction] of code.fn.code.entries()) {
    for (const operand of operandsOf(instruction)) {
      const known = takenBy.get(operand);
      if (known === undefined) takenBy.set(operand, [id]);
      else if (known.at(-1) !== id) known.push(id);
    }
  }
  const writtenTo = new Map<ValueId, number[]>();
  for (const [index, { writes }] of code.fn.variables.entries()) {
    for (const id of writes) writtenTo.set(id, [...(writtenTo.get(id) ?? []), index]);
  }
  code.uses = { takenBy, writtenTo };
  return code.uses;
}

/** The values that an instruction of the rules above takes over; an object that is written to is none. */
function operandsOf(instruction: Instruction): readonly ValueId[] {
  switch (instruction.op) {
    case 'phi':
      return instruction.inputs;
    case 'choose':
      return [instruction.preferred, instruction.otherwise];
    case 'load':
      return [instruction.object];
    case 'spread':
      return [instruction.source];
    case 'array':
      return instruction.elements.map(({ value }) => value);
    case 'element':
    case 'keys':
      return [instruction.of];
    case 'call':
      return [instruction.callee, ...[...instruction.arguments, ...(instruction.named ?? [])].map(({ value }) => value)];
    default:
      return takesOne(instruction) ? [instruction.value] : [];
  }
}

const takers = ['declared', 'await', 'assign', 'refine', 'return', 'yield', 'throw', 'store'] as const;

function takesOne(instruction: Instruction): instruction is Of<(typeof takers)[number]> {
  return takers.some((op) => op === instruction.op);
}
