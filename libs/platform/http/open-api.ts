import { problemSchema, type Route } from '@lib/contract';
import { z } from 'zod';
import { compileRoute } from './compile-route.ts';
import { bareSchema, describeOperation, schemaAt, type JsonObject, type SchemaNames } from './describe-operation.ts';

/** What the document is made from. `named` schemas become components and are referred to wherever they occur. */
export type OpenApiSource = {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  readonly routes: readonly Route[];
  readonly named: Readonly<Record<string, z.ZodType>>;
};

/** Makes the OpenAPI 3.1 document from the routes that the API serves. Source: OpenAPI 3.1.1, JSON Schema 2020-12, RFC 9457. */
export function openApi(source: OpenApiSource): JsonObject {
  const { sent, taken } = namesOf(source);
  return {
    openapi: '3.1.1',
    info: { title: source.title, version: source.version, description: source.description },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    servers: [{ url: '/' }],
    tags: [...new Set(source.routes.map((route) => route.tag))].map((name) => ({ name })),
    paths: pathsOf(source.routes, new Map([...sent, ...taken])),
    components: {
      schemas: { ...render(sent, 'output'), ...render(taken, 'input') },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API token: `Authorization: Bearer aegis_...`' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'aegis_session',
          description:
            'The dashboard; over https the name is `__Host-aegis_session`. Requests that change something also carry `x-aegis-request: 1` and an own `Origin`.',
        },
      },
      responses: { Problem: problemAnswer },
    },
  };
}

const problemAnswer = {
  description: 'An error (RFC 9457). `code` is stable; 429 and 503 carry `Retry-After`',
  headers: { 'x-request-id': { description: 'Names this request in our logs', schema: { type: 'string' } } },
  content: { 'application/problem+json': { schema: { $ref: schemaAt('Problem') } } },
};
/** Every schema that has a place of its own in the document. */
function namesOf({ routes, named }: OpenApiSource): { readonly sent: SchemaNames; readonly taken: SchemaNames } {
  const sent = new Map<z.ZodType, string>(Object.entries({ ...named, Problem: problemSchema }).map(([name, schema]) => [schema, name]));
  const taken = new Map<z.ZodType, string>();
  for (const route of routes) {
    const { schema } = compileRoute(route);
    const name = route.operationId.charAt(0).toUpperCase() + route.operationId.slice(1);
    if (schema !== undefined && !sent.has(schema)) sent.set(schema, `${name}Answer`);
    // what is answered and sent back as it is has one place
    if (route.body !== undefined && !sent.has(route.body)) taken.set(route.body, `${name}Body`);
  }
  return { sent, taken };
}

/** Bodies are described as they may be sent, answers as they will be sent; the two differ where a member has a default. */
function render(names: SchemaNames, io: 'input' | 'output'): JsonObject {
  const registry = z.registry<{ id: string }>();
  for (const [schema, id] of names) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io, uri: schemaAt, unrepresentable: 'throw' });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bareSchema(schema)]));
}

function pathsOf(routes: readonly Route[], names: SchemaNames): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: describeOperation(compileRoute(route), names) };
  }
  return paths;
}
