import type { Parameter } from '../ir/module.ts';
import { annotationKey, type HandlerShape } from '../models/compile-models.ts';
import type { ParameterSpec } from '../models/state.ts';
import { prototypeBits } from './bits-of-equality.ts';
import type { Closure } from './abstract-object.ts';
import { startUnit } from './evaluate-import.ts';
import { instanceValue } from './evaluate-type.ts';
import type { Unit } from './instance.ts';
import { sampleOf } from './invoke.ts';
import { sourceTaint, type Session } from './session.ts';
import type { Site } from './taint.ts';
import { unknown, type Value } from './value.ts';

/** What a function is given by callers that are not seen: its decorators, types and names say what that may be. */
export function defaultArguments(session: Session, closure: Closure): readonly Value[] {
  const { fn } = closure;
  const shape = session.models.handlers.find((candidate) => fits(candidate, closure));
  const site: Site = { path: closure.unit.module.path, start: fn.start, end: fn.start };
  return fn.parameters.map((parameter, index) => {
    const value = parameterValue(session, parameter, { spec: specOf(shape, closure, index), site, unit: closure.unit });
    return value === unknown && shape === undefined && isOffered(closure) ? offeredArgument(session, closure, index) : value;
  });
}

/** What users of the tree may call, in languages whose functions say so themselves. For JavaScript the settings of a package do. */
function isOffered({ fn, unit, offered }: Closure): boolean {
  if (offered) return true;
  return unit.module.language !== 'javascript' && fn.isExported && fn.decorators.every(({ name }) => harmlessDecorator.test(name));
}

const harmlessDecorator = /(?:^|:|\.)(?:staticmethod|classmethod|Override|Deprecated|SuppressWarnings)$/u;

/** An argument that a caller outside of the tree chooses; nothing is to be feared of numbers and their like. */
export function offeredArgument(session: Session, { fn, unit, offered }: Closure, index: number): Value {
  if (plainType.test(fn.parameters[index]?.annotation?.name ?? '')) return unknown;
  const name = fn.name.slice(0, nameCharsMax);
  const label = `an argument of ${name === '' ? 'a function' : `\`${name}\``} ${offered ? 'that pages call' : 'that this package exports'}`;
  const at = fn.code.findIndex((instruction) => instruction.op === 'parameter' && instruction.index === index);
  const site = { path: unit.module.path, start: fn.spans[at * 2] ?? fn.start, end: fn.spans[at * 2 + 1] ?? fn.start };
  const origin = offered ? 'plugin' : 'library';
  return { ...unknown, taints: [sourceTaint(session, { origin, label, safe: bitsOfType(session, fn.parameters[index]) }, site)] };
}

function bitsOfType(session: Session, parameter: Parameter | undefined): number {
  return namedType.test(parameter?.annotation?.name ?? '') ? prototypeBits(session.models) : 0;
}

/** A type that the program names says which members there are: none of them is a prototype's. */
const namedType =
  /^(?!(?:Object|Record|Array|ReadonlyArray|Map|Partial|Readonly|Iterable|PropertyKey|Function|Dictionary|Json\w*|Any\w*|T|K|U|S|V)$)[A-Z]\w+$/u;
const nameCharsMax = 80; // of a function in a message
const plainType =
  /(?:^|[.:#|])(?:number|u?int\d*|long|short|byte|float\d*|double|bool(?:ean)?|char|Integer|Long|Short|Byte|Float|Double|Boolean|Character|BigInteger|BigDecimal|Class|UUID|(?:Local)?Date(?:Time)?|RegExp|datetime|date|timedelta|Duration|Instant|Time|Decimal)$/u;

/** What a framework gives at this place; a route that says that a part of it is a number gives a number. */
function specOf(shape: HandlerShape | undefined, { fn }: Closure, index: number): ParameterSpec | undefined {
  const spec = shape?.parameters[index] ?? shape?.rest;
  const parameter = fn.parameters[index];
  if (spec?.source === undefined || parameter === undefined) return spec;
  const isNumber = parameter.annotation?.name === 'number' || parameter.annotation?.name === 'boolean';
  const route = fn.decorators.map(({ argument }) => argument ?? '').join(' ');
  return isNumber || ['int', 'float', 'uuid'].some((kind) => route.includes(`<${kind}:${parameter.name}>`)) ? undefined : spec;
}

/** Whether the names of a function's parameters say which framework calls it. */
export function isHandler(session: Session, closure: Closure): boolean {
  return session.models.handlers.some((candidate) => fits(candidate, closure));
}

/** A value for a parameter that the models describe. */
export function specValue(session: Session, spec: ParameterSpec | undefined, site: Site): Value {
  if (spec === undefined) return unknown;
  const states = spec.state === undefined ? [] : [spec.state];
  const taints = spec.source === undefined ? [] : [sourceTaint(session, spec.source, site)];
  const own = spec.state?.source === undefined ? [] : [sourceTaint(session, spec.state.source, site)];
  return { ...unknown, states, taints: [...taints, ...own] };
}

/** A variable or parameter, as far as its annotation and its name tell of it. */
type Annotated = Pick<Parameter, 'annotation' | 'name'>;

/** What the annotation of a variable or parameter says of its value: a type of the models, or a class of the program. */
export function annotatedValue(session: Session, unit: Unit, { annotation, name }: Annotated): Value | undefined {
  if (annotation === undefined || session.models.otherwiseNamed.get(annotation.name)?.has(name) === true) return undefined;
  if (unit.module.language === 'java' || unit.module.language === 'go') return instanceValue(session, unit, annotation.name);
  const { annotations } = session.models;
  const state = annotations.get(annotationKey(annotation.name, annotation.from)) ?? annotations.get(annotation.name);
  if (state !== undefined) return { ...unknown, states: [state] };
  return annotation.from === undefined ? undefined : importedInstance(session, unit, { name: annotation.name, from: annotation.from });
}

/** An instance of a class that another file of the tree exports: what injection hands to a constructor. */
function importedInstance(session: Session, unit: Unit, imported: { readonly name: string; readonly from: string }): Value | undefined {
  const other = session.resolve(imported.from, unit.module.path);
  if (other === undefined) return undefined;
  startUnit(session, other);
  const exported = other.exports.fields.get(imported.name)?.objects.find((object) => object.kind === 'class');
  return exported === undefined ? undefined : sampleOf(session, exported);
}

function parameterValue(
  session: Session,
  parameter: Parameter,
  known: { readonly spec: ParameterSpec | undefined; readonly site: Site; readonly unit: Unit },
): Value {
  for (const decorator of parameter.decorators) {
    const model = session.models.decorators.get(annotationKey(decorator.name, decorator.from));
    if (model === undefined) continue;
    const isNumber = parameter.annotation?.name === 'number' || parameter.annotation?.name === 'boolean';
    if (model.source !== undefined && (isNumber || /\bParse(?:Int|Float|Bool|UUID|Enum)Pipe\b/u.test(decorator.argument ?? '')))
      return unknown;
    return specValue(session, { state: model.state, source: model.source, fromArgument: undefined }, known.site);
  }
  const annotated = annotatedValue(session, known.unit, parameter);
  if (annotated !== undefined) return annotated;
  return specValue(session, known.spec, known.site);
}

function fits(shape: HandlerShape, closure: Closure): boolean {
  const { fn } = closure;
  if ((shape.language ?? 'javascript') !== closure.unit.module.language) return false;
  if (shape.decorated !== undefined) return fn.decorators.some(({ name }) => shape.decorated?.has(name) === true);
  if (shape.exported !== undefined && !shape.exported.has(fn.name)) return false;
  if (shape.exported !== undefined) return shape.names.length === 0 || namesFit(shape, fn.parameters);
  return fn.parameters.length >= shape.names.length && shape.names.length > 0 && namesFit(shape, fn.parameters);
}

function namesFit(shape: HandlerShape, parameters: readonly Parameter[]): boolean {
  return shape.names.every((names, index) => {
    const parameter = parameters[index];
    if (parameter === undefined) return false;
    return names.has(parameter.name) || (parameter.name === '' && parameter.properties.some((property) => names.has(`{${property}}`)));
  });
}
