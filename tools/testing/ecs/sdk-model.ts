import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as sdk from '@aws-sdk/client-ecs';
import type { ServiceModel, Shape } from './service-model.ts';

// How the SDK writes its schemas down. Source: @smithy/core, submodule `schema`.
const kinds = { simple: 0, list: 1, map: 2, structure: 3, union: 4, operation: 9 } as const;
const simple: Readonly<Record<number, Shape>> = {
  0: { type: 'string' },
  1: { type: 'number', whole: false },
  2: { type: 'boolean' },
  4: { type: 'timestamp' },
  5: { type: 'timestamp' },
  7: { type: 'timestamp' },
  15: { type: 'unknown' },
};
const listOf = 64;
const mapOf = 128;

/**
 * The service's model out of the SDK that the product uses: its own compiled schemas (members, kinds, what is required) and the enumerations
 * that its type declarations name. It has no patterns and lengths.
 */
export function sdkModel(): ServiceModel {
  const shapes = new Map<string, Shape>();
  const operations = new Map<string, string>();
  const enumerations = enumerationsOf();
  const add = (name: string, shape: () => Shape): string => {
    if (!shapes.has(name)) {
      shapes.set(name, { type: 'unknown' }); // a shape may hold itself
      shapes.set(name, shape());
    }
    return name;
  };
  const nameOf = (reference: unknown): string => {
    const schema = resolve(reference);
    if (typeof schema === 'number') return addSimple(schema);
    const [kind, , name = ''] = schema;
    if (kind === kinds.list) return add(String(name), () => ({ type: 'list', member: nameOf(schema[4]) }));
    if (kind === kinds.map) return add(String(name), () => ({ type: 'map', key: nameOf(schema[4]), value: nameOf(schema[5]) }));
    if (kind === kinds.simple) return addSimple(Number(schema[4]));
    return add(String(name), () => structure(String(name), schema));
  };
  const addSimple = (code: number): string => {
    if (code >= mapOf) return add(`map of ${code - mapOf}`, () => ({ type: 'map', key: addSimple(0), value: addSimple(code - mapOf) }));
    if (code >= listOf) return add(`list of ${code - listOf}`, () => ({ type: 'list', member: addSimple(code - listOf) }));
    return add(`simple ${code}`, () => simple[code] ?? { type: 'unknown' });
  };
  const structure = (name: string, schema: readonly unknown[]): Shape => {
    const names = schema[4] as string[];
    const members = (schema[5] as unknown[]).map((member, index): [string, string] => {
      const memberName = names[index]!;
      return [memberName, withEnumeration(`${name}.${memberName}`, nameOf(member))];
    });
    return { type: 'structure', members: new Map(members), required: names.slice(0, Number(schema[6] ?? 0)) };
  };
  const withEnumeration = (place: string, shape: string): string => {
    const values = enumerations.get(place);
    if (values === undefined) return shape;
    const one = add(`enum ${place}`, () => ({ type: 'string', enum: values }));
    return shapes.get(shape)?.type === 'list' ? add(`enums ${place}`, () => ({ type: 'list', member: one })) : one;
  };
  for (const value of Object.values(sdk)) {
    if (!Array.isArray(value) || value[0] !== kinds.operation) continue;
    const [, , name, , input] = value as unknown[];
    operations.set(String(name), nameOf(input));
  }
  return { name: '@aws-sdk/client-ecs', operations, shapes };
}

// A reference may be wrapped in a function (defined later) and in a pair with traits.
function resolve(reference: unknown): number | readonly unknown[] {
  if (typeof reference === 'number') return reference;
  if (typeof reference === 'function') return resolve((reference as () => unknown)());
  if (!Array.isArray(reference)) throw new Error('a schema of an unknown form');
  return typeof reference[1] === 'string' ? reference : resolve(reference[0]);
}

// `launchType?: LaunchType | undefined` inside `export interface RunTaskRequest`, where `LaunchType` is an object of constants.
function enumerationsOf(): ReadonlyMap<string, readonly string[]> {
  const folder = join(dirname(createRequire(import.meta.url).resolve('@aws-sdk/client-ecs/package.json')), 'dist-types/models');
  const text = ['models_0.d.ts', 'models_1.d.ts'].map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
  const constants = new Map(Object.entries(sdk).flatMap(([name, value]) => (isConstants(value) ? [[name, Object.values(value)]] : [])));
  const found = new Map<string, readonly string[]>();
  for (const [, name = '', body = ''] of text.matchAll(/^export interface (\w+) \{\n([\s\S]*?)^\}/gmu)) {
    for (const [, member = '', type = ''] of body.matchAll(/^ {4}(\w+)\??: (\w+)(?:\[\])?(?: \| undefined)?;$/gmu)) {
      const values = constants.get(type);
      if (values !== undefined) found.set(`${name}.${member}`, values);
    }
  }
  return found;
}

function isConstants(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((item) => typeof item === 'string')
  );
}
