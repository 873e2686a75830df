import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const repositoryRoot = join(import.meta.dirname, '../..');

/** A tree with one file for every kind of place, in which everything that is allowed happens once. */
const soundTree: Readonly<Record<string, string>> = {
  'libs/kernel/index.ts': "export { ok } from './result.ts';",
  'libs/kernel/result.ts': 'export const ok = 1;',
  'libs/contract/index.ts': "import { z } from 'zod'; import { ok } from '@lib/kernel'; export const schema = [z, ok];",
  'libs/engine/sdk/index.ts': "import { schema } from '@lib/contract'; export const sdk = schema;",
  'libs/engine/secrets/index.ts': "export { secrets } from './match-secrets.ts';",
  'libs/engine/secrets/match-secrets.ts':
    "import { createHash } from 'node:crypto'; import { join } from 'node:path/posix'; import { sdk } from '@lib/engine/sdk'; export const secrets = [sdk, createHash, join];",
  'libs/engine/sast/index.ts': "export { lower } from './frontend/lower-statement.ts';",
  'libs/engine/sast/frontend/lower-statement.ts':
    "import { expression } from './lower-expression.ts'; export const lower = () => expression;",
  'libs/engine/sast/frontend/lower-expression.ts': "import { lower } from './lower-statement.ts'; export const expression = () => lower;",
  'libs/engine/registry/index.ts': "import { secrets } from '@lib/engine/secrets'; export const analyzers = [secrets];",
  'libs/platform/db/index.ts': "import pg from 'pg'; export const sql = pg;",
  'libs/guard/tenancy/index.ts': "import { sql } from '@lib/platform/db'; export const tenancy = sql;",
  'libs/guard/jobs/index.ts': "import { tenancy } from '@lib/guard/tenancy'; export const jobs = tenancy;",
  'libs/flow/ingest/index.ts': "export { unpack } from './unpack.ts'; export { module } from './ingest.module.ts';",
  'libs/flow/ingest/unpack.ts':
    "import { find } from './ingest.store.ts'; import { jobs } from '@lib/guard/jobs'; export const unpack = [find, jobs];",
  'libs/flow/ingest/ingest.store.ts': "import { sql } from '@lib/platform/db'; export const find = sql;",
  'libs/flow/ingest/ingest.module.ts':
    "import { Module } from '@nestjs/common'; import { analyzers } from '@lib/engine/registry'; export const module = [Module, analyzers];",
  'libs/flow/ingest/unpack.spec.ts':
    "import { readFileSync } from 'node:fs'; import { unpack } from './unpack.ts'; export const used = [unpack, readFileSync];",
  'libs/flow/scan/index.ts': "import { jobs } from '@lib/guard/jobs'; export const scan = jobs;",
  'apps/api/main.ts': "import { scan } from '@lib/flow/scan'; import { module } from '@lib/flow/ingest'; console.log(scan, module);",
  'apps/cli/main.ts': "import { analyzers } from '@lib/engine/registry'; console.log(analyzers);",
  'apps/web/main.tsx': "import { schema } from '@lib/contract'; console.log(schema);",
  'sandbox/runner/main.ts': "import { analyzers } from '@lib/engine/registry'; console.log(analyzers);",
  'sandbox/task/main.ts': "import { sql } from '@lib/platform/db'; console.log(sql);",
  'tools/check.ts': "import { ok } from '@lib/kernel'; console.log(ok);",
  'vuln-saas/broken.ts': 'export const broken = 1;',
};

type Mutant = { readonly rule: string; readonly files: Readonly<Record<string, string>> };

/** What each rule is for, planted: the first file of a mutant is the one that the rule must name. */
const mutants: readonly Mutant[] = [
  plant('kernel-reaches-only', 'libs/kernel/m01.ts', "import { schema } from '@lib/contract'; export const m = schema;"),
  plant('contract-reaches-only', 'libs/contract/m02.ts', "import type { sdk } from '@lib/engine/sdk'; export type M = typeof sdk;"),
  plant('engine-reaches-only', 'libs/engine/secrets/m03.ts', "export { sql } from '@lib/platform/db';"),
  plant('platform-reaches-only', 'libs/platform/db/m04.ts', "import { secrets } from '@lib/engine/secrets'; export const m = secrets;"),
  plant('guard-reaches-only', 'libs/guard/jobs/m05.ts', "import { scan } from '../../flow/scan/index.ts'; export const m = scan;"),
  plant('flow-reaches-only', 'libs/flow/scan/m06.ts', "import '../../../apps/api/main.ts';"),
  plant('server-reaches-only', 'apps/api/m07.ts', "import { secrets } from '@lib/engine/secrets'; export const m = secrets;"),
  plant('web-reaches-only', 'apps/web/m08.ts', "import { analyzers } from '@lib/engine/registry'; export const m = analyzers;"),
  plant('cli-reaches-only', 'apps/cli/m09.ts', "import '../web/main.tsx';"),
  plant('sandbox-reaches-only', 'sandbox/runner/m10.ts', "import { sql } from '@lib/platform/db'; export const m = sql;"),
  plant('infra-reaches-only', 'infra/m11.ts', "import { ok } from '@lib/kernel'; export const m = ok;"),
  plant('kernel-npm-allow-list', 'libs/kernel/m12.ts', "import { z } from 'zod'; export const m = z;"),
  plant('contract-npm-allow-list', 'libs/contract/m13.ts', "import semver from 'semver'; export const m = semver;"),
  plant('engine-npm-allow-list', 'libs/engine/secrets/m14.ts', "import { Injectable } from '@nestjs/common'; export const m = Injectable;"),
  plant('guard-npm-allow-list', 'libs/guard/jobs/m15.ts', "import { Queue } from 'bullmq'; export const m = Queue;"),
  plant('flow-npm-allow-list', 'libs/flow/scan/m16.ts', "import type { Pool } from 'pg'; export type M = Pool;"),
  plant('task-reaches-only', 'sandbox/task/m40.ts', "import { analyzers } from '@lib/engine/registry'; export const m = analyzers;"),
  plant('task-npm-allow-list', 'sandbox/task/m43.ts', "import pino from 'pino'; export const m = pino;"),
  plant('sandbox-reaches-only', 'sandbox/runner/m42.ts', "import '../task/main.ts';"),
  plant('sandbox-npm-allow-list', 'sandbox/runner/m17.ts', "import pino from 'pino'; export const m = pino;"),
  plant('guard-order-tenancy', 'libs/guard/tenancy/m18.ts', "import { jobs } from '@lib/guard/jobs'; export const m = jobs;"),
  plant('guard-order-known', 'libs/guard/unheard/index.ts', "import { tenancy } from '@lib/guard/tenancy'; export const m = tenancy;"),
  plant('every-file-in-a-ring', 'libs/attic/old.ts', "import { ok } from '@lib/kernel'; export const m = ok;"),
  plant('flow-not-to-flow', 'libs/flow/scan/m20.ts', "import { unpack } from '@lib/flow/ingest'; export const m = unpack;"),
  plant('flow-not-to-flow', 'libs/flow/scan/m21.ts', "export type M = typeof import('@lib/flow/ingest');"),
  plant('flow-not-to-flow', 'libs/flow/scan/m22.ts', "export const m = await import('../ingest/index.ts');"),
  plant('engine-not-to-sibling', 'libs/engine/iac/index.ts', "import { secrets } from '@lib/engine/secrets'; export const m = secrets;"),
  plant('engine-is-pure', 'libs/engine/secrets/m24.ts', "import { readFileSync } from 'node:fs'; export const m = readFileSync;"),
  plant('engine-is-pure', 'libs/engine/secrets/m41.ts', "import { posix } from 'node:path'; export const m = posix;"),
  plant('engine-is-pure', 'libs/contract/m25.ts', "import { hostname } from 'os'; export const m = hostname;"),
  plant(
    'enter-by-the-door',
    'libs/flow/scan/m26.ts',
    "import { secrets } from '../../engine/secrets/match-secrets.ts'; export const m = secrets;",
  ),
  plant(
    'enter-by-the-door-from-outside',
    'apps/api/m27.ts',
    "import { unpack } from '../../libs/flow/ingest/unpack.ts'; export const m = unpack;",
  ),
  plant('door-not-from-inside', 'libs/flow/ingest/m28.ts', "import { unpack } from './index.ts'; export const m = unpack;"),
  plant('sql-only-from-stores', 'libs/flow/ingest/m29.ts', "import { sql } from '@lib/platform/db'; export const m = sql;"),
  plant('stores-stay-in-their-slice', 'libs/flow/scan/m30.ts', "import { find } from '../ingest/ingest.store.ts'; export const m = find;"),
  plant('nest-only-at-the-rim', 'libs/flow/ingest/m31.ts', "import { Injectable } from '@nestjs/common'; export const m = Injectable;"),
  plant('nobody-imports-vuln-saas', 'tools/m32.ts', "import { broken } from '../vuln-saas/broken.ts'; export const m = broken;"),
  plant('not-to-spec', 'libs/flow/ingest/m33.ts', "import { used } from './unpack.spec.ts'; export const m = used;"),
  plant('not-to-tools', 'libs/flow/ingest/m34.ts', "import '../../../tools/check.ts';"),
  plant('no-orphans', 'libs/flow/scan/m35.ts', 'export const m = 1;'),
  plant('no-unresolved', 'libs/flow/scan/m36.ts', "export { gone } from './gone.ts';"),
  {
    rule: 'no-cycles-out-of-a-grammar',
    files: {
      'libs/engine/sast/frontend/m39.ts': "export { b } from '../m40.ts'; export const a = 1;",
      'libs/engine/sast/m40.ts': "import { a } from './frontend/m39.ts'; export const b = a;",
    },
  },
  {
    rule: 'no-cycles',
    files: {
      'libs/flow/scan/m37.ts': "export { b } from './m38.ts'; export const a = 1;",
      'libs/flow/scan/m38.ts': "import { a } from './m37.ts'; export const b = a;",
    },
  },
];

const folders: string[] = [];
let sound: readonly Violation[] = [];
let mutated: readonly Violation[] = [];

beforeAll(() => {
  sound = cruise({});
  mutated = cruise(Object.assign({}, ...mutants.map(({ files }) => files)) as Record<string, string>);
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('the rules of the rings', () => {
  it('a_sound_tree_breaks_none', () => {
    expect(sound).toEqual([]);
  });

  it.each(mutants)('$rule objects to its planted violation', ({ rule, files }) => {
    const [planted] = Object.keys(files);
    expect(mutated.filter(({ from }) => from === planted).map((violation) => violation.rule.name)).toContain(rule);
  });

  it('every_rule_has_a_planted_violation', () => {
    const covered = new Set(mutants.map(({ rule }) => rule));
    const uncovered = ruleNames().filter((rule) => !covered.has(rule) && !/^guard-order-(?!known|tenancy)/u.test(rule));
    expect(uncovered).toEqual([]);
  });
});

const violationSchema = z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) });
type Violation = z.infer<typeof violationSchema>;

function plant(rule: string, file: string, source: string): Mutant {
  return { rule, files: { [file]: source } };
}

// On a copy, with the real rules: nothing is planted where people work.
function cruise(planted: Readonly<Record<string, string>>): readonly Violation[] {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-layers-'));
  folders.push(folder);
  for (const [file, source] of Object.entries({ ...soundTree, ...planted })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `${source}\n`);
  }
  for (const name of ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs', 'eslint-rules/layers.cjs']) {
    cpSync(join(repositoryRoot, name), join(folder, name));
  }
  mkdirSync(join(folder, 'infra'), { recursive: true });
  symlinkSync(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'));
  const cli = join(repositoryRoot, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const roots = ['libs', 'apps', 'sandbox', 'tools', 'infra'];
  const run = spawnSync(process.execPath, [cli, ...roots, '-T', 'json'], { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (!run.stdout.startsWith('{')) throw new Error(run.stderr);
  return z.object({ summary: z.object({ violations: z.array(violationSchema) }) }).parse(JSON.parse(run.stdout)).summary.violations;
}

function ruleNames(): readonly string[] {
  const source = spawnSync(
    process.execPath,
    ['-p', "JSON.stringify(require('./.dependency-cruiser.cjs').forbidden.map(({ name }) => name))"],
    {
      cwd: repositoryRoot,
      encoding: 'utf8',
    },
  );
  return z.array(z.string()).parse(JSON.parse(source.stdout));
}
