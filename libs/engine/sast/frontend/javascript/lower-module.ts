import type { Program } from 'oxc-parser';
import type { IrFunction, IrModule } from '../../ir/module.ts';
import { beginFileBody, finishFile } from '../file-body.ts';
import { collectBindings } from './collect-bindings.ts';
import type { Scope } from './bindings.ts';
import { openFrame } from './lower-function.ts';
import type { LoweringBounds } from '../emitter.ts';
import type { Lowering } from './lowering.ts';
import { lowerStatements } from './lower-statement.ts';

/** Lowers a parsed file. What lies past a bound is left out and named in `limitsReached`. */
export function lowerModule(path: string, program: Program, bounds: LoweringBounds): IrModule {
  const bindings = collectBindings(program, bounds.nodesMax);
  const limitsReached = new Set<string>(bindings.cut ? ['nodes'] : []);
  if (bindings.cut) return { path, language: 'javascript', functions: [], instructionCount: 0, limitsReached: [...limitsReached] };
  const builder = beginFileBody(program);
  const functions: (IrFunction | undefined)[] = [undefined];
  const lowering: Lowering = {
    path,
    bindings,
    functions,
    bounds,
    limitsReached,
    frame: openFrame({ frame: undefined }, builder, false),
    scope: bindings.scopes.get(program) ?? emptyScope(),
    depth: 0,
    instructionCount: 0,
  };
  lowerStatements(lowering, program.body);
  for (const lowerBody of lowering.frame.deferred) lowerBody();
  return finishFile(builder, lowering, { path, language: 'javascript' });
}

function emptyScope(): Scope {
  return { parent: undefined, names: new Map(), functionScope: undefined, pending: [] };
}
