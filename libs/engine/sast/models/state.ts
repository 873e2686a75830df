import type { Confidence } from '@lib/contract';

/** A place where the models say data of a kind is handed over. */
export type SinkSpec = {
  readonly kind: string;
  /** Empty: the name of the state that it is a sink of. */
  readonly label: string;
  readonly argument: ArgumentRange;
  /** Members to go down from the argument; `**` takes everything in it. */
  readonly members: readonly string[];
  readonly form: 'call' | 'template' | undefined;
  /** What is handed over becomes a part of a longer text. */
  readonly isJoined: boolean;
  readonly when: readonly Condition[];
  readonly confidence: Confidence | undefined;
};

export type ArgumentRange = { readonly from: number; readonly to: number } | { readonly named: string } | 'receiver' | 'assigned';

/** Something that must hold of the arguments for a sink to count. */
export type Condition = {
  /** By its place or by its name. */
  readonly argument: number | string;
  readonly members: readonly string[];
  readonly matches: RegExp | undefined;
  readonly truthy: boolean;
  readonly absent: boolean;
  readonly present: boolean;
  readonly type: string | undefined;
};

/** How data goes through a call that is not analysed. */
export type FlowSpec = {
  readonly from: readonly ArgumentRange[];
  readonly to: 'result' | 'receiver' | number;
  /** Kinds of sink that the result cannot harm any more, and traits that it has, as bits. */
  readonly clean: number;
  readonly drops: boolean;
  readonly gives: number | undefined;
  readonly source: SourceSpec | undefined;
  /** Undefined: that it was passed through the state. */
  readonly note: string | undefined;
};

/** A call that runs functions that it is given. */
export type EntrySpec = {
  readonly argument: ArgumentRange;
  readonly members: readonly string[];
  readonly parameters: readonly (ParameterSpec | undefined)[];
};
export type ParameterSpec = {
  readonly state: State | undefined;
  readonly source: SourceSpec | undefined;
  readonly fromArgument: number | undefined;
};

export type SourceSpec = {
  readonly origin: string;
  readonly label: string;
  readonly safe: number;
  readonly argumentsMax?: number | undefined;
};
/** A call whose truth says that an argument is what it should be. */
export type GuardSpec = { readonly argument: number; readonly clean: number };

// Most states have none of these, and every start of a runner reads them all into memory: one empty list serves them.
const none: readonly never[] = [];
const noMembers: ReadonlyMap<string, State> = new Map();

/** A node of the models: reached by module, member, call; it says what happens there. */
export class State {
  readonly name: string;
  private ownMembers: Map<string, State> | undefined;
  anyMember: State | undefined;
  result: State | undefined;
  source: SourceSpec | undefined;
  /** The source of what a call gives back. */
  resultSource: SourceSpec | undefined;
  sinks: readonly SinkSpec[] = none;
  flows: readonly FlowSpec[] = none;
  entries: readonly EntrySpec[] = none;
  guards: readonly GuardSpec[] = none;
  /** The program decides what this member is, whoever gave the rest. */
  isOwn = false;
  /** A type of the models: it was named, not merely passed on the way. */
  isType = false;

  constructor(name: string) {
    this.name = name;
  }

  get members(): ReadonlyMap<string, State> {
    return this.ownMembers ?? noMembers;
  }

  setMember(key: string, state: State): void {
    this.ownMembers ??= new Map();
    this.ownMembers.set(key, state);
  }

  member(key: string): State | undefined {
    return this.ownMembers?.get(key) ?? this.anyMember;
  }

  get hasCallEffect(): boolean {
    return (
      this.sinks.length > 0 || this.flows.length > 0 || this.entries.length > 0 || this.guards.length > 0 || this.resultSource !== undefined
    );
  }
}
