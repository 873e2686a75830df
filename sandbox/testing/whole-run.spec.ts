import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyzerNames, type FindingDraft, type SandboxMessage } from '@lib/contract';
import { localSandbox } from '@lib/platform/sandbox';
import { bundleSandbox } from '../bundle.ts';
import { testFolder, testTree } from '../escape/test-runtime.ts';

const soon = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
const asks = (rule: string, reason: string): string => `aegis:ignore ${rule} until=${soon} reason="${reason}"`;
const password = ['Vq7xB2', 'mZ9rt', 'Lk3'].join('-');

const files = {
  'server.ts': [
    "import { exec } from 'node:child_process';",
    "import express from 'express';",
    "import _ from 'lodash';",
    'const app = express();',
    "app.get('/', (req, res) => {",
    `  // ${asks('js/command-injection', `the old one was ${password}`)}`,
    '  exec(req.query.c);',
    '  res.send(_.template(req.query.t)());',
    '});',
    `const smtpPassword = '${password}';`,
    '',
  ].join('\n'),
  'package-lock.json': JSON.stringify({
    packages: {
      '': { dependencies: { lodash: '4.17.20', express: '4.19.2' } },
      'node_modules/lodash': { version: '4.17.20' },
      'node_modules/express': { version: '4.19.2', dependencies: { qs: '6.11.0' } },
      'node_modules/qs': { version: '6.11.0' },
    },
  }),
  Dockerfile: `# ${asks('docker/image-not-pinned', 'pinned by the registry')}\nFROM debian:latest\n# aegis:ignore docker/run-as-root\nUSER root\nCMD ["true"]\n`,
  'main.tf': `# ${asks('aws/no-such-rule', 'a typing error')}\nresource "aws_s3_bucket" "b" {}\n# ${asks('tf/aws-s3-public-acl', 'gone')}\nresource "aws_sns_topic" "t" {}\n`,
};

const folder = testFolder();
const said: SandboxMessage[] = [];
beforeAll(async () => {
  const runtimeDirectory = `${folder.path}/runtime`;
  await bundleSandbox({ outDirectory: runtimeDirectory });
  execFileSync('chmod', ['-R', 'a+rX', folder.path]);
  const sandbox = localSandbox({ runtimeDirectory, stageInto: [`${folder.path}/staged`] });
  const request = { treeDirectory: testTree(folder.path, files), analyzers: analyzerNames, wallMs: 120_000 };
  expect(await sandbox.run(request, (message) => void said.push(message))).toMatchObject({ ok: true, value: { ending: 'finished' } });
}, 240_000);
afterAll(() => folder.remove());

const drafts = (): readonly FindingDraft[] => said.flatMap((message) => (message.type === 'finding' ? [message.finding] : []));

describe('one run of every analyzer', () => {
  it('what_one_analyzer_knows_of_calls_reaches_the_one_of_dependencies', () => {
    const lodash = drafts().find(({ dependency }) => dependency?.purl === 'pkg:npm/lodash@4.17.20');
    expect(lodash?.dependency?.use).toEqual({ kind: 'vulnerable_called', place: 'server.ts:8', symbol: 'template' });
  });

  it('a_comment_asks_for_a_finding_of_any_analyzer_and_the_finding_stays', () => {
    const asked = drafts().flatMap(({ ruleId, ignore }) =>
      ignore === undefined ? [] : [{ ruleId, line: ignore.line, until: ignore.until }],
    );
    expect(asked).toContainEqual({ ruleId: 'js/command-injection', line: 6, until: soon });
    expect(asked.map(({ ruleId }) => ruleId).toSorted()).toEqual(['docker/image-not-pinned', 'js/command-injection']);
  });

  it('a_secret_in_the_reason_stays_behind_the_walls', () => {
    expect(JSON.stringify(drafts().filter(({ ignore }) => ignore !== undefined))).not.toContain(password);
  });

  it('a_comment_that_asks_for_nothing_that_is_there_or_without_a_reason_is_told', () => {
    const dead = said.flatMap((message) => (message.type === 'coverage' && message.entry.reason === 'ignore_dead' ? [message.entry] : []));
    expect(dead.map(({ path, detail }) => `${path}: ${detail ?? ''}`).toSorted()).toEqual([
      'Dockerfile: line 3: docker/run-as-root: no reason="..."',
      'main.tf: line 1: no rule `aws/no-such-rule`',
      'main.tf: line 3: tf/aws-s3-public-acl: nothing of that rule is found here',
    ]);
  });
});
