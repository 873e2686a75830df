import { execFileSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyzerNames, type FindingDraft, type SandboxMessage } from '@lib/contract';
import { localSandbox } from '@lib/platform/sandbox';
import { bundleSandbox } from '../bundle.ts';
import { testFolder, testTree } from '../escape/test-runtime.ts';

// Secrets of many kinds, each one line from what another analyzer finds. Made here: nothing that looks like one is in the repository.
const password = ['Vq7xB2', 'mZ9rt', 'Lk3'].join('-');
const cloudKey = ['AK', 'IA', 'Q3EGRTZ7W2LPM5XD'].join('');
const testPassword = ['Kc9sW', '6NfHj3', 'b'].join('-');
const inExpression = ['wX4', 'kP8tR', 'm2Zq', 'Lb7'].join('_');
const keyLine = `MIIEowIBAAKCAQEA${'qX7bN2'.repeat(8)}`;
const far = `/*${'.'.repeat(360)}*/ const mailSecret = '${password}'; // at column 400 a line is cut`;

const sastFile = (...near: readonly string[]): string =>
  [
    "import { exec } from 'node:child_process';",
    "import express from 'express';",
    'const app = express();',
    "app.get('/', (req, res) => {",
    ...near,
    '  exec(req.query.c);',
    far,
    '});',
    '',
  ].join('\n');

const files = {
  'server.ts': sastFile(`  const smtpPassword = '${password}';`),
  'keys.ts': sastFile('  const pem = `-----BEGIN RSA PRIV' + `ATE KEY-----\n${keyLine}\n-----END RSA PRIV` + 'ATE KEY-----`;'),
  'test/server.test.ts': sastFile(`  const adminPassword = '${testPassword}';`),
  'expression.ts': [
    "import express from 'express';",
    'const app = express();',
    `const password = '${inExpression}';`,
    `app.get('/', (req, res) => res.json(/^(a+)+${inExpression}$/.test(req.query.c) && password));`,
    '',
  ].join('\n'),
  Dockerfile: `FROM debian:latest\n# rotate ${cloudKey} soon\nUSER root\nCMD ["true"]\n`,
  'package-lock.json': JSON.stringify({
    packages: {
      'node_modules/a': { version: `git+https://git.example/a.git?key=${cloudKey}` },
      'node_modules/token-hash': { version: '1.0.0' },
    },
  }),
  'deploy/pod.yaml': `apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n    - name: web\n      image: web\n      # the old key was ${cloudKey}\n      securityContext:\n        privileged: true\n`,
};

const folder = testFolder();
const runtimeDirectory = `${folder.path}/runtime`;
const keySecret = (digest: string): string => createHmac('sha256', 'of a tenant').update(digest).digest('hex');
const said: SandboxMessage[] = [];
beforeAll(async () => {
  await bundleSandbox({ outDirectory: runtimeDirectory });
  execFileSync('chmod', ['-R', 'a+rX', folder.path]);
  const sandbox = localSandbox({ runtimeDirectory, stageInto: [`${folder.path}/staged`] });
  const request = { treeDirectory: testTree(folder.path, files), analyzers: analyzerNames, wallMs: 120_000, keySecret };
  const ran = await sandbox.run(request, (message) => void said.push(message));
  expect(ran).toMatchObject({ ok: true, value: { ending: 'finished' } });
}, 240_000);
afterAll(() => folder.remove());

function findings(analyzer: string, path: string): readonly FindingDraft[] {
  const drafts = said.flatMap((message) => (message.type === 'finding' ? [message.finding] : []));
  return drafts.filter((draft) => draft.analyzer === analyzer && draft.location.path === path);
}

describe('what leaves the sandbox', () => {
  it.each([
    ['sast', 'server.ts'],
    ['sast', 'keys.ts'],
    ['sast', 'test/server.test.ts'],
    ['iac', 'Dockerfile'],
    ['iac', 'deploy/pod.yaml'],
  ])('a_finding_of_%s_in_%s_shows_the_line_of_the_secret_without_the_secret', (analyzer, path) => {
    const shown = findings(analyzer, path).filter(({ excerpt }) => excerpt.lines.some((line) => line.includes('[redacted]')));
    expect(shown.length).toBeGreaterThan(0);
  });

  it('a_digest_of_a_secret_comes_out_under_the_tenants_key_and_never_as_it_is', () => {
    const plain = [password, cloudKey, testPassword, inExpression].map((value) => createHash('sha256').update(value).digest('hex'));
    const keyed = said.flatMap((message) => (message.type === 'finding' ? (message.finding.lineage?.secret ?? []) : []));
    expect(keyed).toContain(keySecret(plain[0] ?? ''));
    for (const digest of plain) expect(JSON.stringify(said)).not.toContain(digest);
  });

  it('a_package_whose_version_holds_a_secret_is_listed_without_it_and_others_as_they_are', () => {
    const packages = said.flatMap((message) => (message.type === 'component' ? [message.component] : []));
    expect(packages.map(({ name, version }) => `${name} ${version}`)).toEqual([
      'a git+https://git.example/a.git?key=[redacted]',
      'token-hash 1.0.0',
    ]);
    expect(packages[1]?.purl).toBe('pkg:npm/token-hash@1.0.0');
  });

  it('a_message_that_quotes_code_is_there_and_redacted', () => {
    const messages = findings('sast', 'expression.ts').map(({ message }) => message);
    expect(messages.filter((message) => message.includes('(a+)+[redacted]'))).toHaveLength(1);
  });

  it.each([
    ['a password', password],
    ['a password of a test', testPassword],
    ['a cloud key', cloudKey],
    ['a line of a private key', keyLine],
    ['a part of an expression', inExpression],
  ])('%s_is_in_no_message_not_even_its_first_characters', (_, secret) => {
    expect(JSON.stringify(files)).toContain(secret);
    expect(JSON.stringify(said)).not.toContain(secret.slice(0, 8));
  });
});
