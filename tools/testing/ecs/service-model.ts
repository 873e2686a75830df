/** A service's model, as far as a request can be checked by it: what botocore's `service-2.json` says, by the same names. */
export type ServiceModel = {
  /** Where it comes from, for messages. */
  readonly name: string;
  readonly operations: ReadonlyMap<string, string>;
  readonly shapes: ReadonlyMap<string, Shape>;
};

/** Bounds are of characters, items or the number itself. */
export type Shape =
  | { readonly type: 'structure'; readonly members: ReadonlyMap<string, string>; readonly required: readonly string[] }
  | { readonly type: 'list'; readonly member: string; readonly min?: number | undefined; readonly max?: number | undefined }
  | { readonly type: 'map'; readonly key: string; readonly value: string }
  | {
      readonly type: 'string';
      readonly enum?: readonly string[] | undefined;
      readonly pattern?: string | undefined;
      readonly min?: number | undefined;
      readonly max?: number | undefined;
    }
  | { readonly type: 'number'; readonly whole: boolean; readonly min?: number | undefined; readonly max?: number | undefined }
  | { readonly type: 'boolean' }
  | { readonly type: 'timestamp' }
  | { readonly type: 'unknown' };

/**
 * Checks the body of a request as it went over the wire. Answers what is wrong, each with its place (`$.tags[0].key: ...`); empty is good.
 * A member that the model does not know is wrong too: the service ignores or refuses it.
 */
export function checkRequest(model: ServiceModel, operation: string, body: unknown): readonly string[] {
  const input = model.operations.get(operation);
  return input === undefined ? [`${operation}: no such operation in ${model.name}`] : check(model, input, { at: '$', value: body });
}

type Located = { readonly at: string; readonly value: unknown };

function check(model: ServiceModel, name: string, located: Located): readonly string[] {
  const shape = model.shapes.get(name);
  if (shape === undefined) throw new Error(`${model.name} has no shape ${name}`);
  if (shape.type === 'structure') return checkStructure(model, shape, located);
  if (shape.type === 'list' || shape.type === 'map') return checkItems(model, shape, located);
  return checkValue(shape, located);
}

type Items = Extract<Shape, { type: 'list' | 'map' }>;

function checkItems(model: ServiceModel, shape: Items, { at, value }: Located): readonly string[] {
  if (shape.type === 'list') {
    if (!Array.isArray(value)) return [`${at}: not a list`];
    const items = value.flatMap((item: unknown, index) => check(model, shape.member, { at: `${at}[${index}]`, value: item }));
    return [...outside(at, value.length, shape), ...items];
  }
  if (!isRecord(value)) return [`${at}: not a map`];
  return Object.entries(value).flatMap(([key, item]) => [
    ...check(model, shape.key, { at: `${at}{${key}}`, value: key }),
    ...check(model, shape.value, { at: `${at}.${key}`, value: item }),
  ]);
}

function checkValue(shape: Exclude<Shape, Items | { type: 'structure' }>, located: Located): readonly string[] {
  const { at, value } = located;
  switch (shape.type) {
    case 'string':
      return checkString(shape, located);
    case 'number':
      if (typeof value !== 'number' || (shape.whole && !Number.isInteger(value)))
        return [`${at}: not a ${shape.whole ? 'whole ' : ''}number`];
      return outside(at, value, shape);
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${at}: not a boolean`];
    case 'timestamp':
      return ['number', 'string'].includes(typeof value) ? [] : [`${at}: not a time`];
    case 'unknown':
      return [];
  }
}

function checkStructure(model: ServiceModel, shape: Extract<Shape, { type: 'structure' }>, { at, value }: Located): readonly string[] {
  if (!isRecord(value)) return [`${at}: not a structure`];
  const missing = shape.required.filter((name) => value[name] === undefined || value[name] === null);
  const members = Object.entries(value).flatMap(([name, item]) => {
    const member = shape.members.get(name);
    return member === undefined ? [`${at}.${name}: unknown member`] : check(model, member, { at: `${at}.${name}`, value: item });
  });
  return [...missing.map((name) => `${at}.${name}: required`), ...members];
}

function checkString(shape: Extract<Shape, { type: 'string' }>, { at, value }: Located): readonly string[] {
  if (typeof value !== 'string') return [`${at}: not a string`];
  if (shape.enum !== undefined && !shape.enum.includes(value)) return [`${at}: \`${value}\` is none of ${shape.enum.join(', ')}`];
  const fits = shape.pattern === undefined || new RegExp(shape.pattern, 'u').test(value);
  return [...outside(at, value.length, shape), ...(fits ? [] : [`${at}: does not match ${shape.pattern ?? ''}`])];
}

function outside(at: string, size: number, { min, max }: { readonly min?: number | undefined; readonly max?: number | undefined }) {
  if (min !== undefined && size < min) return [`${at}: ${size} is below ${min}`];
  return max !== undefined && size > max ? [`${at}: ${size} is above ${max}`] : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
