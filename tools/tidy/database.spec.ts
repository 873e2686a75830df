import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { repositoryFiles, textOf } from './repository-files.ts';

const migrations = repositoryFiles.filter((path) => /^db\/migrations\/.*[.]sql$/u.test(path));
const slices = z
  .object({ sliceTables: z.record(z.string(), z.array(z.string())) })
  .parse(createRequire(import.meta.url)('../../eslint-rules/slice-tables.cjs')).sliceTables;
const withoutComments = (sql: string): string => sql.replace(/--[^\n]*/gu, '');

const tables = migrations.flatMap((path) =>
  [...withoutComments(textOf(path)).matchAll(/create\s+table\s+(?:if\s+not\s+exists\s+)?([\w.]+)\s*\(([\s\S]*?)\);/giu)].map(
    ([, name = '', body = '']) => ({ name, body }),
  ),
);
const protectedTables = new Set(
  migrations.flatMap((path) => [...withoutComments(textOf(path)).matchAll(/app[.]protect\s*\(\s*'([\w.]+)'/giu)].map(([, name]) => name)),
);
const sharedTables = new Map(
  textOf('db/shared-tables.txt')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => [line.split(':')[0]?.trim() ?? '', line.slice(line.indexOf(':') + 1).trim()] as const),
);

describe('migrations', () => {
  it('they_are_numbered_without_a_gap', () => {
    expect(migrations.map((path) => Number(/(\d{4})_/u.exec(path)?.[1]))).toEqual(migrations.map((_, index) => index + 1));
  });

  it.each(migrations)('%s says why, and which lock it takes', (path) => {
    expect(textOf(path).split('\n')[0]).toMatch(/^-- why: .{15,}; lock: .{4,}/u);
  });
});

describe('tables', () => {
  it('there_are_some', () => {
    expect(tables.length).toBeGreaterThan(10);
  });

  it.each(tables)('$name belongs to tenants and is protected, or is shared for a reason', ({ name, body }) => {
    const reason = sharedTables.get(name);
    if (reason !== undefined) {
      expect(reason.length).toBeGreaterThan(20);
      expect(name).not.toMatch(/^app[.]/u);
      return;
    }
    expect(body).toMatch(/^\s*tenant_id\s+uuid\s+(?:not\s+null|primary\s+key)/iu);
    expect(protectedTables).toContain(name);
  });

  it.each(tables)('$name has an owner', ({ name }) => {
    expect(Object.keys(slices)).toContain(name);
  });

  it('the_lists_name_no_table_that_is_gone', () => {
    const known = new Set([...tables.map(({ name }) => name), 'ops.migration']);
    expect([...sharedTables.keys(), ...Object.keys(slices)].filter((name) => !known.has(name))).toEqual([]);
  });
});
