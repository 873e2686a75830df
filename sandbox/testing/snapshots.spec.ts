import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyzerNames, type AnalyzerName, type SandboxMessage } from '@lib/contract';
import { localSandbox, type LocalSandboxOptions } from '@lib/platform/sandbox';
import { bundleSandbox } from '../bundle.ts';
import { testFolder, testTree } from '../escape/test-runtime.ts';

const folder = testFolder();
const runtimeDirectory = `${folder.path}/runtime`;
const withoutSnapshots = `${folder.path}/plain`;
beforeAll(async () => {
  await bundleSandbox({ outDirectory: runtimeDirectory, withSnapshots: true });
  await bundleSandbox({ outDirectory: withoutSnapshots });
  execFileSync('chmod', ['-R', 'a+rX', folder.path]);
}, 240_000);
afterAll(() => folder.remove());

const files = {
  'server.ts':
    "import { exec } from 'node:child_process';\nexport const run = (request: { query: { c: string } }) => exec(request.query.c);\n",
  'Find.java': [
    'class Find extends javax.servlet.http.HttpServlet {',
    '  void doGet(javax.servlet.http.HttpServletRequest request, java.sql.Statement statement) throws Exception {',
    '    statement.execute(request.getParameter("q"));',
    '  }',
    '}',
  ].join('\n'),
  Dockerfile: 'FROM debian:latest\nUSER root\nCMD ["true"]\n',
  'key.pem': ['-----BEGIN RSA PRIV', 'ATE KEY-----\n', 'MIIEowIBAAKCAQEA'.repeat(40), '\n-----END RSA PRIV', 'ATE KEY-----\n'].join(''),
  'package-lock.json': JSON.stringify({ lockfileVersion: 3, packages: { 'node_modules/lodash': { version: '4.17.15' } } }),
};

async function messages(
  from: string,
  analyzers: readonly AnalyzerName[],
  options: Partial<LocalSandboxOptions> = {},
): Promise<readonly unknown[]> {
  const said: SandboxMessage[] = [];
  const sandbox = localSandbox({ runtimeDirectory: from, stageInto: [`${folder.path}/staged`], ...options });
  const request = { treeDirectory: testTree(folder.path, files), analyzers, wallMs: 120_000 };
  const ran = await sandbox.run(request, (message) => void said.push(message));
  expect(ran).toMatchObject({ ok: true, value: { ending: 'finished' } });
  return said.map((message) => (message.type === 'analyzer' ? { ...message, run: { ...message.run, durationMs: 0 } } : message));
}

describe('the runner from a snapshot', () => {
  it('says_the_same_as_the_runner_from_its_file_for_all_analyzers_at_once', async () => {
    const said = await messages(runtimeDirectory, analyzerNames);
    expect(said.filter((message) => (message as SandboxMessage).type === 'finding').length).toBeGreaterThan(0);
    expect(JSON.stringify(said)).toContain('java/sql-injection');
    expect(said).toEqual(await messages(withoutSnapshots, analyzerNames));
  });

  it.each(analyzerNames)('says_the_same_for_%s_alone', async (name) => {
    expect(await messages(runtimeDirectory, [name])).toEqual(await messages(withoutSnapshots, [name]));
  });

  it.each(['auto', 'off'] as const)('reads_advisories_behind_the_walls_with_bubblewrap_%s', async (bubblewrap) => {
    const said = JSON.stringify(await messages(runtimeDirectory, ['sca'], { bubblewrap }));
    expect(said).toContain('pkg:npm/lodash@4.17.15');
    expect(said).toMatch(/npm: \d+ advisories/u);
  });

  it('is_what_a_run_starts_from', async () => {
    // without the file that it would start from otherwise, and without a manifest entry for that: only the snapshot can answer
    const only = `${folder.path}/only`;
    cpSync(runtimeDirectory, only, { recursive: true });
    const { files: entries, ...manifest } = JSON.parse(readFileSync(`${only}/runtime.json`, 'utf8')) as { files: { path: string }[] };
    rmSync(`${only}/runner.mjs`);
    const kept = entries.filter(({ path }) => path !== 'runner.mjs');
    writeFileSync(`${only}/runtime.json`, JSON.stringify({ ...manifest, files: kept }));
    execFileSync('chmod', ['-R', 'a+rX', only]);
    expect((await messages(only, ['sast'])).length).toBeGreaterThan(2);
  }, 120_000);
});
