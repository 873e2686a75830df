const none: readonly never[] = [];

/**
 * One node of a syntax tree as the front ends read it: named nodes, and the few tokens that have a field of their own (operators).
 * Units: UTF-16 offsets, end exclusive.
 */
export class SyntaxNode {
  readonly type: string;
  readonly field: string | undefined;
  readonly start: number;
  end = 0;
  private own: SyntaxNode[] | undefined;

  constructor(type: string, field: string | undefined, start: number) {
    this.type = type;
    this.field = field;
    this.start = start;
  }

  // Most nodes have none: a list is made when the first is kept.
  get children(): readonly SyntaxNode[] {
    return this.own ?? none;
  }

  add(child: SyntaxNode): void {
    if (this.own === undefined) this.own = [child];
    else this.own.push(child);
  }

  /** The child in a field of the grammar. */
  child(field: string): SyntaxNode | undefined {
    return this.children.find((node) => node.field === field);
  }

  /** The first child of a type. */
  ofType(type: string): SyntaxNode | undefined {
    return this.children.find((node) => node.type === type);
  }
}
