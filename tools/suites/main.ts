// `npm run test:github` and its like: the specs of one part, one line a test. Ends with `N passed, N failed`; a test that was skipped,
// because a peer is not on this machine, is listed as such and has proved nothing.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { suites } from './suites.ts';

const root = join(import.meta.dirname, '../..');
const reportSchema = z.object({
  testResults: z.array(
    z.object({
      status: z.string(),
      message: z.string(),
      name: z.string(),
      assertionResults: z.array(
        z.object({ ancestorTitles: z.array(z.string()), title: z.string(), status: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
});
type Line = { readonly verdict: 'ok' | 'FAIL' | 'skip'; readonly name: string; readonly why: readonly string[] };

const linesShown = 12;

process.exitCode = await main(process.argv.slice(2));

async function main([name = '', ...args]: readonly string[]): Promise<number> {
  const suite = Object.hasOwn(suites, name) ? Object.entries(suites).find(([key]) => key === name)?.[1] : undefined;
  if (suite === undefined) {
    process.stderr.write(`no such suite; there are ${Object.keys(suites).join(', ')}\n`);
    return 2;
  }
  process.stdout.write(`${suite.title}\n`);
  const lines = await runSpecs([...suite.specs, ...args]);
  for (const { verdict, name: title, why } of lines) {
    process.stdout.write(`${verdict.padEnd(4)} ${title}\n${why.map((text) => `       ${text}\n`).join('')}`);
  }
  const count = (verdict: Line['verdict']): number => lines.filter((line) => line.verdict === verdict).length;
  if (count('skip') > 0) process.stdout.write(`${String(count('skip'))} not run\n`);
  process.stdout.write(`${String(count('ok'))} passed, ${String(count('FAIL'))} failed\n`);
  return count('FAIL') === 0 && count('ok') > 0 ? 0 : 1;
}

async function runSpecs(specs: readonly string[]): Promise<readonly Line[]> {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-suite-'));
  const report = join(folder, 'report.json');
  try {
    await run(['run', ...specs, '--reporter=json', `--outputFile=${report}`]);
    return linesOf(reportSchema.parse(JSON.parse(readFileSync(report, 'utf8'))));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// Vitest's own verdict is not asked for: what counts is in the report, and without one there is nothing to count.
function run(args: readonly string[]): Promise<void> {
  const program = join(root, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [program, ...args], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
}

function linesOf({ testResults }: z.infer<typeof reportSchema>): readonly Line[] {
  return testResults.flatMap(({ status, message, name, assertionResults }) => {
    const lines = assertionResults.map((one): Line => {
      const verdict = one.status === 'passed' ? 'ok' : one.status === 'failed' ? 'FAIL' : 'skip';
      return {
        verdict,
        name: [...one.ancestorTitles, one.title].join(' ').replaceAll('_', ' '),
        why: one.failureMessages.map((text) => text.split('\n')[0] ?? ''),
      };
    });
    // a file that did not come as far as its tests
    const broken = status === 'failed' && !lines.some(({ verdict }) => verdict === 'FAIL');
    return broken ? [...lines, { verdict: 'FAIL', name, why: message.split('\n').slice(0, linesShown) }] : lines;
  });
}
