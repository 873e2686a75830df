import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { ServiceModel, Shape } from './service-model.ts';

/** Where Debian's package puts it. */
export const packagedModel = '/usr/lib/python3/dist-packages/botocore/data/ecs/2014-11-13/service-2.json';

const shapeSchema = z.looseObject({
  type: z.string(),
  members: z.record(z.string(), z.looseObject({ shape: z.string() })).optional(),
  required: z.array(z.string()).optional(),
  member: z.looseObject({ shape: z.string() }).optional(),
  key: z.looseObject({ shape: z.string() }).optional(),
  value: z.looseObject({ shape: z.string() }).optional(),
  enum: z.array(z.string()).optional(),
  pattern: z.string().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
});
const modelSchema = z.looseObject({
  metadata: z.looseObject({ serviceId: z.literal('ECS'), targetPrefix: z.string(), jsonVersion: z.literal('1.1') }),
  operations: z.record(z.string(), z.looseObject({ input: z.looseObject({ shape: z.string() }).optional() })),
  shapes: z.record(z.string(), shapeSchema),
});

/**
 * The model that the service publishes, with lengths and patterns, as Debian packages it (`python3-botocore`); undefined when this machine has
 * none. It is older than the SDK: what it does not know yet is for the caller to name.
 */
export function publishedModel(): ServiceModel | undefined {
  const path = process.env['AEGIS_ECS_MODEL'] ?? packagedModel;
  if (!existsSync(path)) {
    const line = 'peer absent: no model of ECS (AEGIS_ECS_MODEL, or Debian python3-botocore)';
    if (process.env['AEGIS_REQUIRE_ALL'] === '1') throw new Error(line);
    process.stderr.write(`SKIPPED, ${line}\n`);
    return undefined;
  }
  const model = modelSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  return {
    name: 'botocore',
    operations: new Map(
      Object.entries(model.operations).flatMap(([name, { input }]) => (input === undefined ? [] : [[name, input.shape]])),
    ),
    shapes: new Map(Object.entries(model.shapes).map(([name, shape]) => [name, toShape(shape)])),
  };
}

const made: Readonly<Record<string, (shape: z.infer<typeof shapeSchema>) => Shape>> = {
  structure: ({ members = {}, required = [] }) => {
    const named = Object.entries(members).map(([name, member]): [string, string] => [name, member.shape]);
    return { type: 'structure', members: new Map(named), required };
  },
  list: ({ member, min, max }) => ({ type: 'list', member: member!.shape, min, max }),
  map: ({ key, value }) => ({ type: 'map', key: key!.shape, value: value!.shape }),
  string: ({ pattern, min, max, ...shape }) => ({
    type: 'string',
    enum: shape.enum,
    pattern: pattern === undefined ? undefined : loosen(pattern),
    min,
    max,
  }),
  integer: ({ min, max }) => ({ type: 'number', whole: true, min, max }),
  long: ({ min, max }) => ({ type: 'number', whole: true, min, max }),
  float: ({ min, max }) => ({ type: 'number', whole: false, min, max }),
  double: ({ min, max }) => ({ type: 'number', whole: false, min, max }),
  boolean: () => ({ type: 'boolean' }),
  timestamp: () => ({ type: 'timestamp' }),
};

function toShape(shape: z.infer<typeof shapeSchema>): Shape {
  return made[shape.type]?.(shape) ?? { type: 'unknown' };
}

// Java writes escapes that JavaScript refuses in Unicode mode.
function loosen(pattern: string): string {
  return pattern.replaceAll(/\\(?=[-=+@:/_])/gu, (_escape, offset: number) => (pattern[offset + 1] === '-' ? '\\' : ''));
}
