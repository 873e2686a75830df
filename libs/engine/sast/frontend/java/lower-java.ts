import type { IrFunction, IrModule } from '../../ir/module.ts';
import { beginFileBody, finishFile } from '../file-body.ts';
import type { LoweringBounds } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { classTypes, readFileNames } from './file-names.ts';
import type { JavaFrame, JavaLowering } from './java-lowering.ts';
import { lowerClass } from './lower-class.ts';
import { noFacts } from './survey-body.ts';

/** A file to lower. */
export type JavaSource = { readonly path: string; readonly text: string; readonly root: SyntaxNode };

/** Lowers a parsed Java file: its body makes the classes, and its exports hold them by their names in the package. */
export function lowerJava({ path, text, root }: JavaSource, bounds: LoweringBounds): IrModule {
  const builder = beginFileBody(root);
  const receiver = builder.emit({ op: 'receiver' }, root);
  const frame: JavaFrame = { builder, parent: undefined, isLambda: false, receiver, fixed: new Map(), facts: noFacts };
  const functions: (IrFunction | undefined)[] = [undefined];
  const limitsReached = new Set<string>();
  const lowering: JavaLowering = {
    text,
    names: readFileNames(text, root),
    functions,
    bounds,
    limitsReached,
    frame,
    scope: { parent: undefined, names: new Map() },
    cls: undefined,
    yielded: undefined,
    depth: 0,
    instructionCount: 0,
  };
  for (const node of root.children) if (classTypes.has(node.type)) lowerClass(lowering, node, undefined);
  return finishFile(builder, lowering, { path, language: 'java' });
}
