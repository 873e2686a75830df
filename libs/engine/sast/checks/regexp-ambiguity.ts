import { anyCharacter, parseRegexp, type RegexpNode } from './parse-regexp.ts';

/** Bounds of one expression. Units: counts. */
export type AmbiguityBounds = { readonly positionsMax: number; readonly pairsMax: number };

/** How the time of a matcher that backtracks grows with the length of the worst text. */
export type Ambiguity = 'exponential' | 'polynomial';

/**
 * How badly an expression can behave: `exponential` when some part can be read in a number of ways that doubles with the length of the text,
 * `polynomial` when two loops can share a text between them in as many ways as it is long, each time before the match fails. Where an expression
 * is not tied to the beginning, the search for a beginning is such a loop. Decided on the position automaton of the expression.
 * Undefined for neither, and for expressions past the bounds or not understood.
 * Source: CWE-1333; Weideman et al., Analyzing Matching Time Behavior of Backtracking Regular Expression Matchers (2016).
 */
export function ambiguityOf(pattern: string, flags: string, bounds: AmbiguityBounds): Ambiguity | undefined {
  const tree = parseRegexp(pattern, flags.includes('i'));
  if (tree === undefined) return undefined;
  const automaton: Automaton = { sets: [], follow: [], doubled: new Set(), positionsMax: bounds.positionsMax };
  const whole = build(automaton, tree.node);
  if (whole === undefined) return undefined;
  // A loop at the very end that nothing checks after can always stop where it is: nothing fails, nothing backtracks.
  const mayStop = tree.checksEnd ? new Set<number>() : new Set(whole.last);
  const search = { mayStop, pairsMax: bounds.pairsMax };
  if (hasDoubledLoop(automaton, mayStop) || hasTwoWays(automaton, search)) return 'exponential';
  if (!tree.isAnchored && !flags.includes('y')) {
    automaton.follow.push(new Set([automaton.sets.length, ...whole.first]));
    automaton.sets.push(anyCharacter);
  }
  return hasSharedText(automaton, search) ? 'polynomial' : undefined;
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

/** Two loops, one after the other, that read one text: `\s*` and `.*` in `\s*.*x`. */
function hasSharedText(automaton: Automaton, search: { readonly mayStop: ReadonlySet<number>; readonly pairsMax: number }): boolean {
  const loops = automaton.sets.flatMap((_, at) =>
    [...(automaton.follow[at] ?? [])].some((next) => reaches(automaton, next, at)) ? [at] : [],
  );
  let budget = search.pairsMax;
  for (const first of loops) {
    for (const second of loops) {
      if (first === second || search.mayStop.has(second) || !reaches(automaton, first, second)) continue;
      const spent = meets(automaton, { first, second, budget });
      if (spent === true) return true;
      budget -= spent;
      if (budget <= 0) return false;
    }
  }
  return false;
}

/** Walks three readings of one text at once: first to first, first to second, second to second. Answers the steps taken when they never meet. */
function meets(automaton: Automaton, search: { readonly first: number; readonly second: number; readonly budget: number }): true | number {
  const { first, second, budget } = search;
  const size = automaton.sets.length;
  const start = (first * size + first) * size + second;
  const goal = (first * size + second) * size + second;
  const seen = new Set([start]);
  const stack = [start];
  let steps = 0;
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (const next of triplesAfter(automaton, at)) {
      if (next === goal) return true;
      steps++;
      if (steps > budget) return steps;
      if (seen.has(next)) continue;
      seen.add(next);
      stack.push(next);
    }
  }
  return steps;
}

function triplesAfter(automaton: Automaton, triple: number): readonly number[] {
  const size = automaton.sets.length;
  const third = automaton.follow[triple % size] ?? new Set<number>();
  const triples: number[] = [];
  for (const pair of pairsAfter(automaton, Math.floor(triple / size))) {
    const shared = (automaton.sets[Math.floor(pair / size)] ?? 0n) & (automaton.sets[pair % size] ?? 0n);
    for (const c of third) if ((shared & (automaton.sets[c] ?? 0n)) !== 0n) triples.push(pair * size + c);
  }
  return triples;
}
