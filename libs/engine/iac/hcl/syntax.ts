/** Offsets into the file's text, end exclusive. */
export type Span = { readonly start: number; readonly end: number };

/** One step of an access chain: `.name`, `[index]`, or `[*]` and `.*`. */
export type Step =
  | { readonly kind: 'attribute'; readonly name: string }
  | { readonly kind: 'index'; readonly index: Expression }
  | { readonly kind: 'splat' };

export type ObjectItem = { readonly key: Expression; readonly value: Expression; readonly span: Span };

export type ForExpression = {
  readonly kind: 'for';
  readonly span: Span;
  /** One name or two: the last is bound to the value, the first of two to the key or index. */
  readonly names: readonly string[];
  readonly collection: Expression;
  /** Present in `{ for ... : key => value }`. */
  readonly key: Expression | undefined;
  readonly value: Expression;
  readonly condition: Expression | undefined;
  readonly grouped: boolean;
};

/** An HCL expression as written; nothing is evaluated. */
export type Expression =
  | { readonly kind: 'literal'; readonly span: Span; readonly value: string | number | boolean | null }
  | { readonly kind: 'template'; readonly span: Span; readonly parts: readonly (string | Expression)[] }
  | { readonly kind: 'variable'; readonly span: Span; readonly name: string }
  | { readonly kind: 'access'; readonly span: Span; readonly on: Expression; readonly steps: readonly Step[] }
  | {
      readonly kind: 'call';
      readonly span: Span;
      readonly name: string;
      readonly parameters: readonly Expression[];
      readonly expands: boolean;
    }
  | { readonly kind: 'unary'; readonly span: Span; readonly operator: string; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly span: Span; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: 'conditional';
      readonly span: Span;
      readonly test: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    }
  | { readonly kind: 'tuple'; readonly span: Span; readonly items: readonly Expression[] }
  | { readonly kind: 'object'; readonly span: Span; readonly items: readonly ObjectItem[] }
  | ForExpression
  | { readonly kind: 'broken'; readonly span: Span };

export type Attribute = { readonly name: string; readonly value: Expression; readonly span: Span };
export type Block = {
  readonly type: string;
  readonly labels: readonly string[];
  readonly body: Body;
  readonly span: Span;
  /** From the type to the opening brace: where a finding about something missing stands. */
  readonly head: Span;
};
export type Body = { readonly attributes: readonly Attribute[]; readonly blocks: readonly Block[] };

/** Why a part of a file was left out. */
export type HclProblem = { readonly code: 'syntax_error' | 'limit_reached'; readonly offset: number; readonly detail: string };
