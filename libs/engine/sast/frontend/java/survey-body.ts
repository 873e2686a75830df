import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { changers, containerKind, readers, type ContainerKind } from './containers.ts';
import { writtenType } from './file-names.ts';

/** What is known of a function's body before it is lowered. */
export type BodyFacts = {
  /** Where a local gets a new value, in source order. Units: UTF-16 offsets. */
  readonly assignments: readonly { readonly position: number; readonly name: string }[];
  /** Locals that hold a container whose every change is seen: the values of these are followed through its methods. */
  readonly containers: ReadonlyMap<string, ContainerKind>;
};

export const noFacts: BodyFacts = { assignments: [], containers: new Map() };

const changesMax = 64; // each makes a copy of what is known: a longer list of changes is followed as one object instead

/** Uses of one name, as far as they decide whether it may be followed. `loop` tells loops apart. */
type Uses = {
  kind: ContainerKind | undefined;
  declarations: number;
  declaredIn: number;
  readonly changes: Use[];
  readonly escapes: Use[];
  captured: boolean;
  assigned: boolean;
};
type Use = { readonly position: number; readonly loop: number };

type Visit = { readonly node: SyntaxNode; readonly parent: SyntaxNode; readonly loop: number; readonly isInner: boolean };

const loops: ReadonlySet<string> = new Set(['for_statement', 'enhanced_for_statement', 'while_statement', 'do_statement']);
const inner: ReadonlySet<string> = new Set(['lambda_expression', 'class_body']);

/** Finds assignments and containers of a body in one walk without recursion. */
export function surveyBody(text: string, body: SyntaxNode): BodyFacts {
  const assignments: { position: number; name: string }[] = [];
  const uses = new Map<string, Uses>();
  const stack: Visit[] = [{ node: body, parent: body, loop: 0, isInner: false }];
  for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
    const { node } = visit;
    if (node.type === 'identifier') noteIdentifier(text, visit, { assignments, uses });
    else if (node.type === 'variable_declarator') noteDeclaration(text, visit, uses);
    const loop = loops.has(node.type) ? node.start + 1 : visit.loop;
    const isInner = visit.isInner || inner.has(node.type);
    for (let at = node.children.length - 1; at >= 0; at--) {
      const child = node.children[at];
      if (child !== undefined) stack.push({ node: child, parent: node, loop, isInner });
    }
  }
  const containers = new Map<string, ContainerKind>();
  for (const [name, use] of uses) {
    if (use.kind === undefined || !isFollowed(use)) continue;
    containers.set(name, use.kind);
    for (const { position } of use.changes) assignments.push({ position, name });
  }
  assignments.sort((a, b) => a.position - b.position);
  return { assignments, containers };
}

/** No change of it can be out of sight: nobody else has it yet when it is changed. A text is only ever changed where it is named. */
function isFollowed(use: Uses): boolean {
  if (use.declarations !== 1 || use.assigned || use.captured || use.changes.length > changesMax) return false;
  const firstEscape = use.escapes[0]?.position ?? Number.POSITIVE_INFINITY;
  if (use.kind !== 'text' && use.changes.some((change) => change.position > firstEscape)) return false;
  const repeats = (list: readonly Use[]): boolean => list.some((item) => item.loop !== use.declaredIn);
  return use.kind === 'text' || !(repeats(use.changes) && repeats(use.escapes));
}

function usesOf(uses: Map<string, Uses>, name: string): Uses {
  let known = uses.get(name);
  if (known === undefined) {
    known = { kind: undefined, declarations: 0, declaredIn: 0, changes: [], escapes: [], captured: false, assigned: false };
    uses.set(name, known);
  }
  return known;
}

function noteDeclaration(text: string, { node, loop }: Visit, uses: Map<string, Uses>): void {
  const name = node.child('name');
  const value = node.child('value');
  if (name === undefined) return;
  const known = usesOf(uses, text.slice(name.start, name.end));
  known.declarations++;
  known.declaredIn = loop;
  if (value?.type === 'object_creation_expression' && value.ofType('class_body') === undefined)
    known.kind = containerKind(writtenType(text, value.child('type')));
}

type Found = { readonly assignments: { position: number; name: string }[]; readonly uses: Map<string, Uses> };

function noteIdentifier(text: string, visit: Visit, { assignments, uses }: Found): void {
  const { node, parent } = visit;
  if (node.field === 'name' || node.field === 'field') return; // of a declaration, a method or a member
  const name = text.slice(node.start, node.end);
  const known = usesOf(uses, name);
  if ((parent.type === 'assignment_expression' && node.field === 'left') || parent.type === 'update_expression') {
    assignments.push({ position: parent.start, name });
    known.assigned = true;
    return;
  }
  if (visit.isInner) known.captured = true;
  const use: Use = { position: node.start, loop: visit.loop };
  const called = calledOn(text, node, parent);
  if (called === undefined) {
    if (parent.type !== 'enhanced_for_statement' || node.field !== 'value') known.escapes.push(use);
  } else if (isChange(called, known.kind)) known.changes.push(use);
  else if (!isRead(called, known.kind)) known.escapes.push(use);
}

/** The method that is called on this very name. */
function calledOn(text: string, node: SyntaxNode, parent: SyntaxNode): string | undefined {
  if (parent.type !== 'method_invocation' || node.field !== 'object') return undefined;
  const method = parent.child('name');
  return method === undefined ? undefined : text.slice(method.start, method.end);
}

function isChange(method: string, kind: ContainerKind | undefined): boolean {
  return kind !== undefined && changers[kind].has(method);
}

function isRead(method: string, kind: ContainerKind | undefined): boolean {
  return kind !== undefined && readers[kind].has(method);
}
