import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const checkout = resolve(import.meta.dirname, '../..');

/** Path of the built command line. Built anew when the sources are not those of the last build. */
export function builtCli(): string {
  execFileSync(process.execPath, [join(checkout, 'tools/bootstrap.mjs'), 'aegis', '--help'], { stdio: ['ignore', 'ignore', 'pipe'] });
  return join(checkout, 'dist/cli.js');
}

/** A started product: what it has said so far, and its end. */
export type StartedProduct = {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
  /** Resolves when the output has this text; rejects when the product ends without. */
  readonly says: (text: string) => Promise<void>;
};

/** Starts `up` as `npm start` does. */
export function startUp(cli: string, parameters: readonly string[]): StartedProduct {
  const child = spawn(process.execPath, ['--enable-source-maps', cli, 'up', ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const listeners = new Set<() => void>();
  const hear = (chunk: Buffer): void => {
    output += chunk.toString('utf8');
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const says = (text: string): Promise<void> =>
    new Promise((done, fail) => {
      const look = (): void => {
        if (!output.includes(text)) return;
        listeners.delete(look);
        done();
      };
      listeners.add(look);
      void ended.then((code) => fail(new Error(`ended with ${String(code)} without saying \`${text}\`:\n${output}`)));
      look();
    });
  return { child, output: () => output, ended, says };
}

/** Processes that name a folder on their command line or in their environment: those that work for the installation in it. */
export function processesOf(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name) && Number(name) !== process.pid)
    .map((pid) => ({ words: read(`/proc/${pid}/cmdline`), environment: read(`/proc/${pid}/environ`) }))
    .filter(({ words, environment }) => words !== '' && `${words}\0${environment}`.includes(folder))
    .map(({ words }) => words.replaceAll('\0', ' ').trim());
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // gone meanwhile, or another user's
  }
}
