import type { ValueId } from '../../ir/instruction.ts';
import { emit } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { lowerExpression } from './lower-expression.ts';
import { textOf, type PythonLowering } from './python-lowering.ts';

const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['\n', ''],
]);

/** Lowers a string: one constant, or the parts of a formatted one. */
export function lowerString(lowering: PythonLowering, node: SyntaxNode): ValueId {
  const parts = partsOf(lowering, node);
  const [only] = parts;
  if (parts.length === 0) return emit(lowering, { op: 'constant', value: '' }, node);
  return parts.length === 1 && only !== undefined && node.ofType('interpolation') === undefined
    ? only
    : emit(lowering, { op: 'concat', parts }, node);
}

/** Strings that stand side by side are one. */
export function lowerStrings(lowering: PythonLowering, node: SyntaxNode): ValueId {
  return emit(lowering, { op: 'concat', parts: node.children.flatMap((child) => partsOf(lowering, child)) }, node);
}

function partsOf(lowering: PythonLowering, node: SyntaxNode): readonly ValueId[] {
  const isRaw = /^\w*r/iu.test(textOf(lowering, node).slice(0, 3));
  return node.children.flatMap((child) => {
    if (child.type === 'interpolation') return [lowerExpression(lowering, child.child('expression') ?? child.children[0])];
    if (child.type !== 'string_content') return [];
    const text = textOf(lowering, child);
    return [emit(lowering, { op: 'constant', value: isRaw ? text : unescaped(text) }, child)];
  });
}

function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(/\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[\s\S])/gu, (escape) => {
    const code = /^\\[xu]([0-9a-fA-F]+)$/u.exec(escape)?.[1];
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    return escapes.get(escape.slice(1)) ?? escape.slice(1);
  });
}
