import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { textOf } from './repository-files.ts';

const pinsSchema = z.record(z.string(), z.string()).default({});
const manifestSchema = z.object({ dependencies: pinsSchema, devDependencies: pinsSchema, optionalDependencies: pinsSchema });
// npm writes one platform as a list or as a word
const platformsSchema = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => (typeof given === 'string' ? [given] : given))
  .optional();
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({
      optional: z.boolean().optional(),
      os: platformsSchema,
      cpu: platformsSchema,
      integrity: z.string().optional(),
      link: z.boolean().optional(),
      inBundle: z.boolean().optional(),
      resolved: z.string().optional(),
    }),
  ),
});
const manifest = manifestSchema.parse(JSON.parse(textOf('package.json')));
const lock = lockSchema.parse(JSON.parse(textOf('package-lock.json')));
const exact = /^\d+[.]\d+[.]\d+(?:-[0-9A-Za-z.-]+)?$/u;

describe('packages', () => {
  it('every_version_is_exact', () => {
    const pins = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies });
    expect(pins.length).toBeGreaterThan(10);
    expect(pins.filter(([, version]) => !exact.test(version))).toEqual([]);
  });

  it('the_lock_names_no_registry', () => {
    expect(Object.entries(lock.packages).filter(([, entry]) => entry.resolved?.includes('://') === true)).toEqual([]);
    expect(textOf('package-lock.json')).not.toMatch(/https?:\/\/[^"]*[.]tgz/u);
  });

  it('no_lock_file_that_is_scanned_for_show_names_an_address', () => {
    const locks = globSync('vuln-saas/**/package-lock.json', { cwd: join(import.meta.dirname, '../..') });
    expect(locks.length).toBeGreaterThan(0);
    const addressed = locks.filter((path) =>
      Object.values(lockSchema.parse(JSON.parse(textOf(path))).packages).some(({ resolved }) => resolved?.includes('://') === true),
    );
    expect(addressed).toEqual([]);
  });

  it('every_package_is_pinned_by_its_digest', () => {
    // packages of platforms that the registry did not show when the lock was made: optional, and never installed on Linux x64 or arm64
    const isElsewhere = (entry: {
      readonly optional?: boolean | undefined;
      readonly os?: readonly string[] | undefined;
      readonly cpu?: readonly string[] | undefined;
    }): boolean =>
      entry.optional === true &&
      !((entry.os ?? ['linux']).includes('linux') && ['x64', 'arm64'].some((cpu) => (entry.cpu ?? [cpu]).includes(cpu)));
    const unpinned = Object.entries(lock.packages).filter(
      ([path, entry]) =>
        path !== '' &&
        entry.link !== true &&
        entry.inBundle !== true &&
        !path.startsWith('infra') &&
        entry.integrity === undefined &&
        !isElsewhere(entry),
    );
    expect(unpinned.map(([path]) => path)).toEqual([]);
  });

  it('the_lock_is_whole_on_every_platform', () => {
    const check = spawnSync(process.execPath, ['tools/complete-lock.mjs', '--check'], {
      cwd: join(import.meta.dirname, '../..'),
      encoding: 'utf8',
    });
    expect(check.stdout, 'run `node tools/complete-lock.mjs`').toBe('');
    expect(check.status).toBe(0);
  });

  it('no_script_of_a_package_runs_at_install', () => {
    expect(textOf('.npmrc')).toContain('ignore-scripts=true');
  });
});
