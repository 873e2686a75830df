import type { Span } from '../../ir/function-builder.ts';
import type { ValueId } from '../../ir/instruction.ts';
import type { TypeName } from '../../ir/module.ts';
import { lookUp, type Binding } from './bindings.ts';
import { emit, fixedValue } from '../emitter.ts';
import { absentValue, type Frame, type Lowering } from './lowering.ts';

/** The value that a name has here. */
export function readName(lowering: Lowering, name: string, span: Span): ValueId {
  if (name === 'undefined') return fixedValue(lowering, 'undefined', () => emit(lowering, { op: 'constant', value: undefined }, span));
  const binding = lookUp(lowering.scope, name);
  if (binding === undefined) return readGlobal(lowering, name, span);
  if (binding.importedFrom !== undefined) {
    const { specifier, name: imported } = binding.importedFrom;
    return fixedValue(lowering, `import ${specifier} ${imported}`, () => emit(lowering, { op: 'import', specifier, name: imported }, span));
  }
  if (binding.owner === undefined) return emit(lowering, { op: 'unknown' }, span);
  return binding.owner === lowering.frame.builder ? readOwn(lowering, binding, span) : readCaptured(lowering, binding, span);
}

/** A name that nothing in the file declares. `arguments` belongs to the function. */
export function readGlobal(lowering: Lowering, name: string, span: Span): ValueId {
  if (name === 'arguments') return fixedValue(lowering, name, () => emit(lowering, { op: 'arguments' }, span));
  return fixedValue(lowering, `global ${name}`, () => emit(lowering, { op: 'global', name }, span));
}

/** Assigns a name. */
export function writeName(lowering: Lowering, name: string, assigned: { readonly value: ValueId; readonly span: Span }): void {
  const { value, span } = assigned;
  const binding = lookUp(lowering.scope, name);
  forgetPaths(lowering, pathRoot(lowering, name));
  if (binding === undefined) {
    emit(lowering, { op: 'store', object: readGlobal(lowering, 'globalThis', span), key: { name }, value }, span);
    return;
  }
  if (binding.owner === undefined) return;
  if (binding.owner === lowering.frame.builder) binding.owner.write(binding.variable, value);
  else emit(lowering, { op: 'assign', hops: hopsTo(lowering.frame, binding), variable: binding.variable, value }, span);
}

/** Declares a name of the scope in hand in the function in hand, once. */
export function declareName(lowering: Lowering, binding: Binding, annotation: TypeName | undefined): void {
  if (binding.owner !== undefined) return;
  binding.owner = lowering.frame.builder;
  binding.annotation = annotation;
  binding.variable = lowering.frame.builder.declare(binding.name, annotation);
}

/** The value of `this`. */
export function readReceiver(lowering: Lowering, span: Span): ValueId {
  let hops = 0;
  let frame = lowering.frame;
  while (frame.isArrow && frame.parent !== undefined) {
    frame = frame.parent;
    hops++;
  }
  if (hops === 0) return frame.receiver;
  return fixedValue(lowering, 'this', () => emit(lowering, { op: 'outer', hops, value: frame.receiver }, span));
}

/** Identifies what a member path begins with, so that paths through one variable are told from those through another. */
export function pathRoot(lowering: Lowering, name: string): string {
  const binding = lookUp(lowering.scope, name);
  return binding === undefined ? name : pathRootOf(binding);
}

/** The same for a name that was looked up and declared already. */
export function pathRootOf(binding: Binding): string {
  binding.path ??= `${binding.name}#${String(binding.variable)}@${String(binding.owner?.head.id ?? -1)}`;
  return binding.path;
}

/** Drops what tests said of members reached through `root`. */
export function forgetPaths(lowering: Lowering, root: string): void {
  const { pathsByRoot, builder } = lowering.frame;
  for (const variable of pathsByRoot.get(root) ?? []) builder.set(variable, absentValue(lowering));
}

function readOwn(lowering: Lowering, binding: Binding, span: Span): ValueId {
  const value = binding.closureWritten ? undefined : lowering.frame.builder.read(binding.variable);
  return value ?? emit(lowering, { op: 'cell', hops: 0, variable: binding.variable }, span);
}

function readCaptured(lowering: Lowering, binding: Binding, span: Span): ValueId {
  const hops = hopsTo(lowering.frame, binding);
  const settled = binding.closureWritten || binding.writeCount > 1 ? undefined : binding.owner?.read(binding.variable);
  if (settled === undefined) return emit(lowering, { op: 'cell', hops, variable: binding.variable }, span);
  const { aliases, builder } = lowering.frame;
  const key = `outer ${String(hops)} ${String(binding.variable)}`;
  const alias = aliases.get(key) ?? builder.alias(binding.name, emit(lowering, { op: 'outer', hops, value: settled }, span));
  aliases.set(key, alias);
  return builder.read(alias) ?? emit(lowering, { op: 'outer', hops, value: settled }, span);
}

function hopsTo(frame: Frame, binding: Binding): number {
  let hops = 0;
  for (let at: Frame | undefined = frame; at !== undefined && at.builder !== binding.owner; at = at.parent) hops++;
  return hops;
}
