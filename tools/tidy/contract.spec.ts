import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import * as contract from '@lib/contract';
import { repositoryFiles, textOf } from './repository-files.ts';

const limitLines = textOf('libs/contract/limits.ts')
  .split('\n')
  .flatMap((line) => {
    const match = /^ {2}(?<name>\w+):(?<rest>.*)$/u.exec(line);
    return match?.groups === undefined ? [] : [{ name: match.groups['name'] ?? '', rest: match.groups['rest'] ?? '' }];
  });
const everythingElse = repositoryFiles
  .filter((path) => /[.](?:tsx?|sql)$/u.test(path) && path !== 'libs/contract/limits.ts')
  .map(textOf)
  .join('\n');

describe('limits', () => {
  it('all_are_read', () => {
    expect(limitLines.map(({ name }) => name)).toEqual(Object.keys(contract.limits));
  });

  it('each_has_a_reason', () => {
    expect(limitLines.filter(({ rest }) => !/\/\/ .{8,}/u.test(rest)).map(({ name }) => name)).toEqual([]);
  });

  it('each_bounds_something', () => {
    expect(limitLines.filter(({ name }) => !new RegExp(`\\b${name}\\b`, 'u').test(everythingElse)).map(({ name }) => name)).toEqual([]);
  });
});

describe('jobs', () => {
  const kinds = Object.entries(contract.jobSchemas);

  it('every_kind_has_a_schema', () => {
    expect(kinds.map(([kind]) => kind).toSorted()).toEqual(contract.jobKindSchema.options.toSorted());
  });

  it.each(kinds)('%s names its tenant and carries ids only', (_, schema) => {
    const { properties, required } = z
      .object({
        properties: z.record(z.string(), z.looseObject({ type: z.string(), format: z.string().optional() })),
        required: z.array(z.string()),
      })
      .parse(z.toJSONSchema(schema));
    expect(required).toContain('tenantId');
    const loose = Object.entries(properties).filter(([, field]) => !['integer', 'boolean'].includes(field.type) && field.format !== 'uuid');
    expect(loose.map(([name]) => name)).toEqual([]);
  });
});
