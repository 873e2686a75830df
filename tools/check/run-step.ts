import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Step } from './steps.ts';

/** How a step went. `tests` is there when it ran any; a skipped test has proved nothing. */
export type Outcome = {
  readonly passed: boolean;
  readonly durationMs: number;
  readonly output: string;
  readonly tests?: { readonly total: number; readonly skipped: number };
};

/** Runs the commands of a step in turn, up to the first that fails. `signal` ends it. */
export async function runStep(root: string, step: Step, signal: AbortSignal): Promise<Outcome> {
  const startMs = Date.now();
  let output = '';
  let passed = true;
  let tests: Outcome['tests'];
  for (const command of step.commands) {
    const report = command[0] === 'vitest' ? join(root, '.aegis/check', `${step.name}.json`) : undefined;
    const run = await runCommand(root, report === undefined ? command : withReport(command, report), signal);
    output += run.output;
    passed = run.code === 0;
    if (report !== undefined) tests = readReport(report);
    if (!passed) break;
  }
  return { passed, durationMs: Date.now() - startMs, output, ...(tests === undefined ? {} : { tests }) };
}

function withReport(command: readonly string[], file: string): readonly string[] {
  mkdirSync(join(file, '..'), { recursive: true });
  rmSync(file, { force: true });
  return [...command, '--reporter=dot', '--reporter=json', `--outputFile.json=${file}`];
}

function runCommand(root: string, command: readonly string[], signal: AbortSignal): Promise<{ code: number; output: string }> {
  const [program = '', ...args] = command;
  const path = program === 'node' ? process.execPath : join(root, 'node_modules/.bin', program);
  const bin = `${join(process.execPath, '..')}:${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`;
  return new Promise((resolve) => {
    const child = spawn(path, args, {
      cwd: root,
      env: { ...process.env, PATH: bin, CI: '1', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.stderr.on('data', (part: Buffer) => parts.push(part));
    // the whole group, because a test runner has workers
    const stop = (): void => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    };
    signal.addEventListener('abort', stop, { once: true });
    child.once('error', (error) => parts.push(Buffer.from(`${program} could not be started: ${error.message}\n`)));
    child.once('close', (code) => {
      signal.removeEventListener('abort', stop);
      resolve({ code: code ?? 1, output: Buffer.concat(parts).toString('utf8') });
    });
  });
}

function readReport(file: string): Outcome['tests'] {
  try {
    const report: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const total = figure(report, 'numTotalTests');
    return { total, skipped: figure(report, 'numPendingTests') + figure(report, 'numTodoTests') };
  } catch {
    return undefined;
  }
}

function figure(report: unknown, name: string): number {
  const value: unknown = typeof report === 'object' && report !== null ? Reflect.get(report, name) : undefined;
  return typeof value === 'number' ? value : 0;
}
