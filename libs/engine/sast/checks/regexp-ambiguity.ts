import { parseRegexp, type RegexpNode } from './parse-regexp.ts';

/** Bounds of one expression. Units: counts. */
export type AmbiguityBounds = { readonly positionsMax: number; readonly pairsMax: number };

/**
 * Whether a text exists that an expression can match in a number of ways that doubles with its length, and which then fails to match:
 * what makes a backtracking matcher take exponential time. Decided on the position automaton of the expression: some position can come back to itself
 * over one text in two ways. Expressions past the bounds, or that are not understood, are answered with false.
 * Source: CWE-1333; Weideman et al., Analyzing Matching Time Behavior of Backtracking Regular Expression Matchers (2016).
 */
export function isExponential(pattern: string, flags: string, bounds: AmbiguityBounds): boolean {
  const tree = parseRegexp(pattern, flags.includes('i'));
  if (tree === undefined) return false;
  const automaton: Automaton = { sets: [], follow: [], doubled: new Set(), positionsMax: bounds.positionsMax };
  const whole = build(automaton, tree.node);
  if (whole === undefined) return false;
  // A loop at the very end that nothing checks after can always stop where it is: nothing fails, nothing backtracks.
  const mayStop = tree.checksEnd ? new Set<number>() : new Set(whole.last);
  return hasDoubledLoop(automaton, mayStop) || hasTwoWays(automaton, { mayStop, pairsMax: bounds.pairsMax });
}

type Automaton = {
  /** Characters of each position, as a bit set over ASCII and one bit for everything else. */
  readonly sets: bigint[];
  readonly follow: Set<number>[];
  /** Steps that two different parts of the expression make: `(a+)+` goes from `a` to `a` in two ways. */
  readonly doubled: Set<string>;
  readonly positionsMax: number;
};

type Part = { readonly nullable: boolean; readonly first: readonly number[]; readonly last: readonly number[] };

function build(automaton: Automaton, node: RegexpNode): Part | undefined {
  switch (node.kind) {
    case 'empty':
      return { nullable: true, first: [], last: [] };
    case 'set': {
      const position = automaton.sets.length;
      if (position >= automaton.positionsMax) return undefined;
      automaton.sets.push(node.set);
      automaton.follow.push(new Set());
      return { nullable: false, first: [position], last: [position] };
    }
    case 'choice':
      return buildChoice(automaton, node.nodes);
    case 'sequence':
      return buildSequence(automaton, node.nodes);
    case 'repeat':
      return buildRepeat(automaton, node);
  }
}

function buildChoice(automaton: Automaton, nodes: readonly RegexpNode[]): Part | undefined {
  let all: Part = { nullable: false, first: [], last: [] };
  for (const node of nodes) {
    const part = build(automaton, node);
    if (part === undefined) return undefined;
    all = { nullable: all.nullable || part.nullable, first: [...all.first, ...part.first], last: [...all.last, ...part.last] };
  }
  return all;
}

function buildSequence(automaton: Automaton, nodes: readonly RegexpNode[]): Part | undefined {
  let all: Part = { nullable: true, first: [], last: [] };
  for (const node of nodes) {
    const part = build(automaton, node);
    if (part === undefined) return undefined;
    connect(automaton, all.last, part.first);
    all = {
      nullable: all.nullable && part.nullable,
      first: all.nullable ? [...all.first, ...part.first] : all.first,
      last: part.nullable ? [...all.last, ...part.last] : part.last,
    };
  }
  return all;
}

const copiesMax = 8; // a count up to this is written out; a larger one is taken for a loop

function buildRepeat(automaton: Automaton, node: Extract<RegexpNode, { kind: 'repeat' }>): Part | undefined {
  const { min, max } = node;
  const loops = max > copiesMax;
  const needed = Math.min(min, loops ? 1 : copiesMax);
  const parts: RegexpNode[] = Array.from({ length: loops ? Math.max(needed - 1, 0) : needed }, () => node.node);
  if (!loops) {
    const optional: RegexpNode = { kind: 'choice', nodes: [node.node, { kind: 'empty' }] };
    for (let extra = needed; extra < max; extra++) parts.push(optional);
    return buildSequence(automaton, parts);
  }
  const inner = build(automaton, node.node);
  if (inner === undefined) return undefined;
  connect(automaton, inner.last, inner.first);
  return { ...inner, nullable: inner.nullable || min === 0 };
}

function connect(automaton: Automaton, from: readonly number[], to: readonly number[]): void {
  for (const a of from) {
    const follow = automaton.follow[a];
    for (const b of to) {
      if (follow?.has(b) === true) automaton.doubled.add(`${String(a)} ${String(b)}`);
      else follow?.add(b);
    }
  }
}

function hasDoubledLoop(automaton: Automaton, mayStop: ReadonlySet<number>): boolean {
  for (const step of automaton.doubled) {
    const [from = 0, to = 0] = step.split(' ').map(Number);
    if (!mayStop.has(from) && reaches(automaton, to, from)) return true;
  }
  return false;
}

function reaches(automaton: Automaton, from: number, to: number): boolean {
  const seen = new Set([from]);
  const stack = [from];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (at === to) return true;
    for (const next of automaton.follow[at] ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      stack.push(next);
    }
  }
  return false;
}

/** Some position comes back to itself over one text along two different ways: pairs of positions that read the same text. */
function hasTwoWays(automaton: Automaton, search: { readonly mayStop: ReadonlySet<number>; readonly pairsMax: number }): boolean {
  const size = automaton.sets.length;
  let budget = search.pairsMax;
  for (let start = 0; start < size; start++) {
    if (search.mayStop.has(start)) continue;
    const seen = new Set<number>();
    const stack: { readonly pair: number; readonly parted: boolean }[] = [{ pair: start * size + start, parted: false }];
    for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
      for (const next of pairsAfter(automaton, item.pair)) {
        budget--;
        if (budget < 0) return false;
        const parted = item.parted || Math.floor(next / size) !== next % size;
        if (parted && next === start * size + start) return true;
        const key = next * 2 + (parted ? 1 : 0);
        if (seen.has(key)) continue;
        seen.add(key);
        stack.push({ pair: next, parted });
      }
    }
  }
  return false;
}

function pairsAfter(automaton: Automaton, pair: number): readonly number[] {
  const size = automaton.sets.length;
  const pairs: number[] = [];
  for (const a of automaton.follow[Math.floor(pair / size)] ?? []) {
    for (const b of automaton.follow[pair % size] ?? []) {
      if (((automaton.sets[a] ?? 0n) & (automaton.sets[b] ?? 0n)) !== 0n) pairs.push(a * size + b);
    }
  }
  return pairs;
}
