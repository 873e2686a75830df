import type { IrFunction, IrModule } from '../../ir/module.ts';
import { beginFileBody, finishFile } from '../file-body.ts';
import type { LoweringBounds } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { declare, openFrame, runDeferred } from './lower-function.ts';
import { lowerBlock } from './lower-statement.ts';
import type { PythonLowering } from './python-lowering.ts';
import { surveyNames } from './survey-names.ts';

/** A file to lower. */
export type PythonSource = { readonly path: string; readonly text: string; readonly root: SyntaxNode };

/** Lowers a parsed Python file: every name of the module is a member of what it exports. */
export function lowerPython({ path, text, root }: PythonSource, bounds: LoweringBounds): IrModule {
  const builder = beginFileBody(root);
  const names = surveyNames(text, root.children);
  const frame = openFrame(builder, undefined, names);
  const functions: (IrFunction | undefined)[] = [undefined];
  const limitsReached = new Set<string>();
  const lowering: PythonLowering = { text, functions, modules: new Set(), bounds, limitsReached, frame, depth: 0, instructionCount: 0 };
  for (const name of names.own) declare(frame, name);
  lowerBlock(lowering, root);
  runDeferred(frame);
  return finishFile(builder, lowering, { path, language: 'python' });
}
