import { limits, type Route } from '@lib/contract';
import { z } from 'zod';
import type { CompiledRoute } from './compile-route.ts';

/** A piece of the document. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Schemas that are components, and what they are called. */
export type SchemaNames = ReadonlyMap<z.ZodType, string>;

/** Where a component stands. */
export function schemaAt(name: string): string {
  return `#/components/schemas/${name}`;
}

/** A schema without the marks of a standalone document: within OpenAPI it is named by its place. */
export function bareSchema(schema: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => !['$schema', '$id', 'id'].includes(name)));
}

/** Describes one endpoint: its parameters, its answer and every problem it can give. */
export function describeOperation(compiled: CompiledRoute, names: SchemaNames): JsonObject {
  const { route } = compiled;
  const parameters = [...membersOf(route.params, 'path'), ...membersOf(route.query, 'query'), ...headersOf(compiled)];
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(route.scope === 'none'
      ? { security: [] }
      : { security: [{ bearer: [] }, { session: [] }], 'x-required-scope': route.scope, 'x-required-permission': route.needs }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...bodyOf(route, names),
    responses: { ...successOf(compiled, names), ...problemsOf(compiled) },
  };
}

function bodyOf(route: Route, names: SchemaNames): JsonObject {
  if (route.raw !== undefined) {
    const content = Object.fromEntries(route.raw.mediaTypes.map((name) => [name, { schema: { type: 'string', format: 'binary' } }]));
    return { requestBody: { required: true, content } };
  }
  if (route.body === undefined) return {};
  return { requestBody: { required: !route.body.safeParse(undefined).success, content: { 'application/json': refTo(route.body, names) } } };
}

const problemNames: ReadonlyMap<number, string> = new Map([
  [400, 'The request does not fit'],
  [401, 'No valid credential'],
  [403, 'The credential does not reach this far, or an operator forbids it'],
  [404, 'There is no such thing, or not for you'],
  [409, 'The state of things forbids it'],
  [413, 'The body is too large'],
  [415, 'The body is of another media type'],
  [429, 'Too many requests'],
  [503, 'A part that is needed is away; nothing was changed'],
]);

function refTo(schema: z.ZodType, names: SchemaNames): JsonObject {
  return { schema: { $ref: schemaAt(names.get(schema) ?? '') } };
}

function successOf({ route, status, schema, sendsFile }: CompiledRoute, names: SchemaNames): JsonObject {
  const answer = route.answers[status];
  const file = { 'application/x-tar': { schema: { type: 'string', format: 'binary' } } };
  const bare = sendsFile ? { content: file } : {};
  const content = schema === undefined ? bare : { content: { [answer?.contentType ?? 'application/json']: refTo(schema, names) } };
  return { [String(status)]: { description: answer?.description ?? '', ...content } };
}

function problemsOf({ route }: CompiledRoute): JsonObject {
  const statuses = new Set([...route.problems, ...(route.scope === 'none' ? [] : [401, 403, 429]), 500, 503]);
  const sorted = [...statuses].sort((a, b) => a - b);
  return Object.fromEntries(sorted.map((status) => [String(status), problemOf(status)]));
}

function problemOf(status: number): JsonObject {
  const description = problemNames.get(status);
  return { $ref: '#/components/responses/Problem', ...(description === undefined ? {} : { description }) };
}

function membersOf(schema: z.ZodObject | undefined, where: 'path' | 'query'): JsonObject[] {
  return Object.entries(schema?.shape ?? {}).map(([name, member]) => ({
    name,
    in: where,
    required: where === 'path' || !z.safeParse(member, undefined).success,
    schema: bareSchema(z.toJSONSchema(member, { io: 'input', unrepresentable: 'any' })),
    ...(name === 'cursor' ? { description: 'From `nextCursor` of the page before; valid for the same filters only' } : {}),
  }));
}

function headersOf(compiled: CompiledRoute): JsonObject[] {
  const { route, streams } = compiled;
  if (streams) return [header('Last-Event-ID', 'Continue after this event', { type: 'string', pattern: '^[0-9]{1,9}$' })];
  const signed = presenceOf(compiled);
  if (route.method !== 'POST' || route.scope === 'none') return signed;
  const told = 'The same key with the same request replays the first answer, with `idempotency-replayed: true`';
  const digest =
    route.raw === undefined
      ? []
      : [header('Content-Digest', 'RFC 9530, `sha-256=:...:`; needed with an Idempotency-Key', { type: 'string' })];
  return [
    ...signed,
    ...digest,
    header('Idempotency-Key', told, { type: 'string', minLength: 1, maxLength: limits.idempotencyKeyCharsMax }),
  ];
}

function presenceOf({ route }: CompiledRoute): JsonObject[] {
  if (route.presence === undefined) return [];
  const told = 'base64url of `{nonce, response}`: the action of POST /v1/presence, signed with a passkey';
  return [header('X-Aegis-Presence', told, { type: 'string', maxLength: limits.presenceHeaderCharsMax })];
}

function header(name: string, description: string, schema: JsonObject): JsonObject {
  return { name, in: 'header', required: false, description, schema };
}
