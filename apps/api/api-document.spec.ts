import { problemTable } from '@lib/platform/http';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { apiDocument } from './api-document.ts';
import { apiRoutes } from './api-routes.ts';

// What the document must be, said once more and independently of the code that makes it. Source: OpenAPI 3.1.1, section 4.
const schemaObject = z.record(z.string(), z.unknown());
const reference = z.strictObject({ $ref: z.string().startsWith('#/components/'), description: z.string().optional() });
const content = z.record(z.string().regex(/^[a-z]+\/[a-z+.-]+$/u), z.strictObject({ schema: z.union([reference, schemaObject]) }));
const response = z.strictObject({
  description: z.string().min(1),
  headers: z.record(z.string(), z.unknown()).optional(),
  content: content.optional(),
});
const operation = z.strictObject({
  operationId: z.string().regex(/^[a-z]\w+$/u),
  tags: z.array(z.string()).length(1),
  summary: z.string().min(1),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  'x-required-scope': z.enum(['read', 'write', 'admin', 'scim']).optional(),
  'x-required-permission': z.string().optional(),
  parameters: z
    .array(
      z.strictObject({
        name: z.string(),
        in: z.enum(['path', 'query', 'header']),
        required: z.boolean(),
        description: z.string().optional(),
        schema: schemaObject,
      }),
    )
    .optional(),
  requestBody: z.strictObject({ required: z.boolean(), content }).optional(),
  responses: z.record(z.string().regex(/^[1-5]\d\d$/u), z.union([response, reference])),
});
const documentSchema = z.strictObject({
  openapi: z.literal('3.1.1'),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  jsonSchemaDialect: z.url(),
  servers: z.array(z.strictObject({ url: z.literal('/') })),
  tags: z.array(z.strictObject({ name: z.string() })),
  paths: z.record(z.string().startsWith('/'), z.partialRecord(z.enum(['get', 'post', 'put', 'patch', 'delete']), operation)),
  components: z.strictObject({
    schemas: z.record(z.string().regex(/^[A-Z]\w+$/u), schemaObject),
    securitySchemes: z.record(z.string(), z.record(z.string(), z.string())),
    responses: z.record(z.string(), response),
  }),
});
const plain: unknown = JSON.parse(JSON.stringify(apiDocument('1.2.3')));
const document = documentSchema.parse(plain);
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, found]) => ({ path, method, operation: operation.parse(found) })),
);

describe('the OpenAPI document', () => {
  test('names_every_route_of_the_contract_once_and_no_other', () => {
    const wanted = apiRoutes.map((route) => `${route.method.toLowerCase()} ${route.path} ${route.operationId}`);
    const named = operations.map(({ path, method, operation: { operationId } }) => `${method} ${path} ${operationId}`);
    expect(named.toSorted()).toEqual(wanted.toSorted());
  });

  test('every_reference_resolves', () => {
    const references = [...JSON.stringify(plain).matchAll(/"\$ref":"([^"]+)"/gu)].map(([, target = '']) => target);
    expect(references.length).toBeGreaterThan(40);
    for (const target of references) expect(lookUp(target), target).toBeDefined();
  });

  test('every_component_is_a_json_schema_and_every_component_is_used', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    for (const name of Object.keys(document.components.schemas))
      expect(() => ajv.compile({ $ref: `#/components/schemas/${name}`, components: document.components }), name).not.toThrow();
    const text = JSON.stringify(plain);
    for (const name of Object.keys(document.components.schemas)) expect(text).toContain(`#/components/schemas/${name}"`);
  });

  test('every_path_parameter_is_declared_and_required', () => {
    for (const { path, operation: found } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/gu)].map(([, name = '']) => name);
      const declared = (found.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(declared.map((parameter) => [parameter.name, parameter.required])).toEqual(inPath.map((name) => [name, true]));
    }
  });

  test('everything_but_health_and_sign_in_needs_a_credential', () => {
    const open = operations.filter((found) => found.operation.security.length === 0).map((found) => found.operation.operationId);
    expect(open.toSorted()).toEqual([
      'acceptInvitation',
      'askForSignIn',
      'exchangeCiToken',
      'getHealth',
      'getReady',
      'receiveDelivery',
      'signInWithCompany',
      'signInWithPasskey',
      'startSession',
    ]);
  });

  test('every_post_with_a_credential_takes_an_idempotency_key', () => {
    for (const { method, operation: found } of operations) {
      const takes = (found.parameters ?? []).some((parameter) => parameter.name === 'Idempotency-Key');
      expect(takes, found.operationId).toBe(method === 'post' && found.security.length > 0);
    }
  });

  test('every_problem_answer_points_to_the_problem_and_only_to_statuses_that_the_table_knows', () => {
    const known = new Set<number>(Object.values(problemTable).map((kind) => kind.status));
    for (const { operation: found } of operations) {
      for (const [status, answer] of Object.entries(found.responses).filter(([text]) => Number(text) >= 400)) {
        expect(reference.parse(answer).$ref).toBe('#/components/responses/Problem');
        expect(known).toContain(Number(status));
      }
    }
  });

  test('a_page_says_that_its_cursor_may_be_null_and_names_its_item', () => {
    const page = z.object({ properties: z.object({ items: z.object({ items: reference }), nextCursor: z.unknown() }) });
    const shape = page.parse(document.components.schemas['ListFindingsAnswer']);
    expect(shape.properties.items.items.$ref).toBe('#/components/schemas/Finding');
    expect(JSON.stringify(shape.properties.nextCursor)).toContain('"null"');
  });
});

function lookUp(target: string): unknown {
  return target
    .slice(2)
    .split('/')
    .reduce<unknown>((node, name) => (typeof node === 'object' && node !== null ? Reflect.get(node, name) : undefined), plain);
}
