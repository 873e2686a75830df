import { FunctionBuilder } from '../../ir/function-builder.ts';
import type { ValueId } from '../../ir/instruction.ts';
import type { Parameter, TypeName } from '../../ir/module.ts';
import { deeper, emit } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { declareLocal, inBlock, textOf, type GoFrame, type GoLowering } from './go-lowering.ts';
import { typeNameOf } from './read-declarations.ts';
import { lowerBlock } from './lower-statement.ts';

/** Lowers a function or method of the file; the answer is the function as a value. */
export function lowerFunction(lowering: GoLowering, node: SyntaxNode): ValueId {
  const nameNode = node.child('name');
  return lowerNamed(lowering, node, nameNode === undefined ? '' : textOf(lowering, nameNode));
}

export function lowerFunctionLiteral(lowering: GoLowering, node: SyntaxNode): ValueId {
  return lowerNamed(lowering, node, '');
}

type Bound = { readonly name: string; readonly type: TypeName | undefined; readonly node: SyntaxNode; readonly rest: boolean };

function lowerNamed(lowering: GoLowering, node: SyntaxNode, name: string): ValueId {
  lowering.functions.push(undefined);
  const id = lowering.functions.length - 1;
  const value = emit(lowering, { op: 'function', id }, node);
  deeper(
    lowering,
    () => undefined,
    () => {
      lowerBody(lowering, { id, node, name });
    },
  );
  return value;
}

function lowerBody(
  lowering: GoLowering,
  { id, node, name }: { readonly id: number; readonly node: SyntaxNode; readonly name: string },
): void {
  const parameters = boundNames(lowering, node.child('parameters'));
  const [self] = boundNames(lowering, node.child('receiver'));
  const builder = new FunctionBuilder({
    id,
    name,
    parent: lowering.frame.builder,
    parameters: parameters.map((bound): Parameter => ({ name: bound.name, properties: [], annotation: bound.type, decorators: [] })),
    decorators: [],
    isAsync: false,
    isGenerator: false,
    isExported: /^\p{Lu}/u.test(name.slice(name.lastIndexOf('.') + 1)),
    span: node,
  });
  const body = node.child('body');
  const frame: GoFrame = {
    builder,
    parent: lowering.frame,
    fixed: new Map(),
    assignments: body === undefined ? [] : assignmentsIn(lowering.text, body),
  };
  const outer = lowering.frame;
  lowering.frame = frame;
  inBlock(lowering, () => {
    if (self !== undefined)
      builder.write(declareLocal(lowering, self.name, self.type).variable, builder.emit({ op: 'receiver' }, self.node));
    const variables = parameters.map((bound, index) => {
      const value = emit(lowering, { op: 'parameter', index, rest: bound.rest }, bound.node);
      const { variable } = declareLocal(lowering, bound.name, bound.type);
      builder.write(variable, value);
      return variable;
    });
    builder.bindParameters(variables);
    lowerBlock(lowering, body);
  });
  lowering.functions[id] = builder.finish();
  lowering.frame = outer;
}

/** Parameters one by one: `a, b int` are two. */
function boundNames(lowering: GoLowering, list: SyntaxNode | undefined): readonly Bound[] {
  return (list?.children ?? []).flatMap((declaration): Bound[] => {
    const type = typeNameOf(lowering.text, lowering.imports, declaration.child('type'));
    const rest = declaration.type === 'variadic_parameter_declaration';
    const names = declaration.children.filter((child) => child.field === 'name');
    if (names.length === 0) return [{ name: '_', type, node: declaration, rest }];
    return names.map((name) => ({ name: textOf(lowering, name), type, node: name, rest }));
  });
}

/** Plain names that a body assigns, in source order. */
function assignmentsIn(text: string, body: SyntaxNode): readonly { readonly position: number; readonly name: string }[] {
  const found: { position: number; name: string }[] = [];
  const stack = [body];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (assigning.has(node.type)) {
      const left = node.child('left');
      for (const target of left?.children ?? node.children.slice(0, 1))
        if (target.type === 'identifier') found.push({ position: node.start, name: text.slice(target.start, target.end) });
    }
    stack.push(...node.children);
  }
  return found.sort((a, b) => a.position - b.position);
}

const assigning: ReadonlySet<string> = new Set([
  'assignment_statement',
  'short_var_declaration',
  'inc_statement',
  'dec_statement',
  'range_clause',
]);
