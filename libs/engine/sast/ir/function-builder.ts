import type { Decorator, IrFunction, Parameter, Stretch, TypeName, Variable } from './module.ts';
import type { Instruction, ValueId } from './instruction.ts';

/** Where in the source an instruction stands. Units: UTF-16 offsets, end exclusive. */
export type Span = { readonly start: number; readonly end: number };

/** What is known of a function before its body is lowered. */
export type FunctionHead = {
  readonly id: number;
  readonly name: string;
  readonly parent: FunctionBuilder | undefined;
  readonly parameters: readonly Parameter[];
  readonly decorators: readonly Decorator[];
  readonly returnType?: string;
  readonly isAsync: boolean;
  readonly isGenerator: boolean;
  readonly isExported: boolean;
  readonly span: Span;
};

/** Values of variables that differ from those at some earlier point: what one arm of a branch did. */
export type Changes = ReadonlyMap<number, ValueId>;

/** Where `break` and `continue` go. `exits` and `repeats` hold what variables were at each such jump. */
type Target = { readonly label: string | undefined; readonly isLoop: boolean; readonly mark: number; exits: Changes[]; repeats: Changes[] };

/**
 * Builds one function in single-assignment form while its syntax is walked once. Variables are indices; `write` and `read` keep the
 * value each has here. Branches and loops are told by the front end, so no block graph is needed: every language that we lower is structured.
 */
export class FunctionBuilder {
  readonly head: FunctionHead;
  readonly code: Instruction[] = [];
  readonly spans: number[] = [];
  readonly variables: Variable[] = [];
  private readonly current: (ValueId | undefined)[] = [];
  private readonly undo: { readonly variable: number; readonly value: ValueId | undefined }[] = [];
  private readonly targets: Target[] = [];
  private readonly lastVariableOf = new Map<ValueId, number>();
  private readonly exits: Changes[] = [];
  private parameterVariables: readonly (number | undefined)[] = [];
  private readonly loopHeads: ValueId[] = [];
  private readonly handled: Stretch[] = [];
  /** False after a jump: what follows in this arm is never reached. */
  reachable = true;

  constructor(head: FunctionHead) {
    this.head = head;
  }

  emit(operation: Instruction, span: Span): ValueId {
    this.spans.push(span.start, span.end);
    return this.code.push(operation) - 1;
  }

  spanOf(value: ValueId): Span {
    return { start: this.spans[value * 2] ?? 0, end: this.spans[value * 2 + 1] ?? 0 };
  }

  declare(name: string, annotation?: TypeName): number {
    this.variables.push({ name, writes: [], annotation });
    this.current.push(undefined);
    return this.variables.length - 1;
  }

  /** A new value of a variable, as the program assigns it. */
  write(variable: number, value: ValueId): void {
    this.variables[variable]?.writes.push(value);
    this.set(variable, value);
  }

  /** The same value, seen more closely; it is not an assignment. */
  set(variable: number, value: ValueId | undefined): void {
    this.undo.push({ variable, value: this.current[variable] });
    this.current[variable] = value;
    if (value !== undefined) this.lastVariableOf.set(value, variable);
  }

  /** A variable that is no name of the program (a member path, a captured variable) and had this value from the start. */
  alias(name: string, value: ValueId): number {
    this.variables.push({ name, writes: [], annotation: undefined });
    this.current.push(value);
    this.lastVariableOf.set(value, this.variables.length - 1);
    return this.variables.length - 1;
  }

  read(variable: number): ValueId | undefined {
    return this.current[variable];
  }

  /** The variable that holds this value here, seen as closely as may be, if one does. */
  holderOf(value: ValueId): number | undefined {
    const variable = this.lastVariableOf.get(value);
    const held = variable === undefined ? undefined : this.current[variable];
    return held !== undefined && this.unrefined(held) === this.unrefined(value) ? variable : undefined;
  }

  mark(): number {
    return this.undo.length;
  }

  /** What variables are now where they differ from `mark`. */
  changesSince(mark: number): Changes {
    const changes = new Map<number, ValueId>();
    for (let at = mark; at < this.undo.length; at++) {
      const variable = this.undo[at]?.variable ?? 0;
      const value = this.current[variable];
      if (value !== undefined) changes.set(variable, value);
    }
    return changes;
  }

  rollBack(mark: number): void {
    while (this.undo.length > mark) {
      const entry = this.undo.pop();
      if (entry !== undefined) this.current[entry.variable] = entry.value;
    }
  }

  /** Runs one arm from here and forgets its effect; the answer is undefined when the arm never gets to its end. */
  arm(run: () => void): Changes | undefined {
    const mark = this.mark();
    const before = this.reachable;
    run();
    const changes = this.reachable ? this.changesSince(mark) : undefined;
    this.rollBack(mark);
    this.reachable = before;
    return changes;
  }

  /** Joins arms that all began here. An arm that never ends has no say; when none ends, nothing after is reached. */
  meet(arms: readonly (Changes | undefined)[], span: Span): void {
    const ending = arms.filter((arm) => arm !== undefined);
    if (ending.length === 0) {
      if (arms.length > 0) this.reachable = false;
      return;
    }
    const variables = new Set(ending.flatMap((arm) => [...arm.keys()]));
    for (const variable of variables) {
      const inputs = new Set<ValueId>();
      for (const arm of ending) {
        const value = arm.get(variable) ?? this.current[variable];
        if (value !== undefined) inputs.add(value);
      }
      const [only] = inputs;
      if (only === undefined) continue;
      this.set(variable, inputs.size === 1 ? only : this.emit({ op: 'phi', inputs: [...inputs] }, span));
    }
  }

  /**
   * Lowers a loop. `assigned` are the variables that the loop may assign: each gets a `phi` at the head.
   * `body` runs once; `onRepeat` (an update clause) runs where `continue` arrives; `leave` states what holds when the test fails.
   */
  loop(
    parts: { assigned: readonly number[]; label: string | undefined; body: () => void; onRepeat?: () => void; leave?: () => void },
    span: Span,
  ): void {
    const heads = parts.assigned.flatMap((variable) => {
      const value = this.current[variable];
      if (value === undefined) return [];
      const inputs = [value];
      const head = this.emit({ op: 'phi', inputs }, span);
      this.loopHeads.push(head);
      this.set(variable, head);
      return [{ variable, inputs }];
    });
    const target = this.enter(parts.label, true);
    const end = this.arm(parts.body);
    const repeated = this.arm(() => {
      this.meet([end, ...target.repeats], span);
      parts.onRepeat?.();
      for (const { variable, inputs } of heads) {
        const value = this.current[variable];
        if (value !== undefined && !inputs.includes(value)) inputs.push(value);
      }
    });
    this.targets.pop();
    const fallsOut = this.arm(() => parts.leave?.());
    this.meet([fallsOut ?? repeated, ...target.exits], span);
    this.reachable = true;
  }

  /** Emits what the handler of everything since `from` is given. */
  caught(from: ValueId, span: Span): ValueId {
    const stretch = { from, to: this.code.length };
    this.handled.push(stretch);
    return this.emit({ op: 'caught', ...stretch }, span);
  }

  /** Lowers something that `break` leaves: a switch or a labelled statement. */
  breakable(label: string | undefined, body: () => void, span: Span): void {
    const target = this.enter(label, false);
    const end = this.arm(body);
    this.targets.pop();
    this.meet([end, ...target.exits], span);
  }

  jump(kind: 'break' | 'continue', label: string | undefined): void {
    const target = this.targets.findLast((candidate) =>
      label !== undefined
        ? candidate.label === label
        : kind === 'break'
          ? candidate.isLoop || candidate.label === undefined
          : candidate.isLoop,
    );
    if (target !== undefined) (kind === 'break' ? target.exits : target.repeats).push(this.changesSince(target.mark));
    this.reachable = false;
  }

  /** Names the variables that hold the parameters, for `parameterExits`. */
  bindParameters(variables: readonly (number | undefined)[]): void {
    this.parameterVariables = variables;
  }

  /** Notes that the function comes back here. */
  leave(): void {
    if (this.reachable) this.exits.push(this.parameterState());
    this.reachable = false;
  }

  finish(): IrFunction {
    if (this.reachable) this.exits.push(this.parameterState());
    const { span, parent, ...head } = this.head;
    return {
      ...head,
      parent: parent?.head.id,
      handled: this.handled,
      loopHeads: this.loopHeads,
      parameterExits: this.parameterVariables.map((variable) => this.exitValue(variable, span)),
      code: this.code,
      spans: this.spans,
      variables: this.variables,
      start: span.start,
      end: span.end,
    };
  }

  private unrefined(value: ValueId): ValueId {
    let at = value;
    for (let instruction = this.code[at]; instruction?.op === 'refine'; instruction = this.code[at]) at = instruction.value;
    return at;
  }

  private enter(label: string | undefined, isLoop: boolean): Target {
    const target: Target = { label, isLoop, mark: this.mark(), exits: [], repeats: [] };
    this.targets.push(target);
    return target;
  }

  private parameterState(): Changes {
    const state = new Map<number, ValueId>();
    for (const variable of this.parameterVariables) {
      const value = variable === undefined ? undefined : this.current[variable];
      if (variable !== undefined && value !== undefined) state.set(variable, value);
    }
    return state;
  }

  private exitValue(variable: number | undefined, span: Span): ValueId | undefined {
    if (variable === undefined) return undefined;
    const values = new Set<ValueId>();
    for (const exit of this.exits) {
      const value = exit.get(variable);
      if (value !== undefined) values.add(value);
    }
    const [only] = values;
    return values.size <= 1 ? only : this.emit({ op: 'phi', inputs: [...values] }, span);
  }
}
