import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PlainFailure } from './plain-failure.mjs';
import { runLogged } from './run-logged.mjs';

const stampFile = 'node_modules/.aegis-lock-hash';

/** Whether node_modules is what package-lock.json asks for. @param {string} root */
export function isInstalled(root) {
  const wanted = lockHash(root);
  if (readOrUndefined(join(root, stampFile)) === wanted) return true;
  if (!matchesLock(root)) return false;
  // Somebody ran npm by hand and got the same tree: nothing to do but to remember it.
  writeFileSync(join(root, stampFile), wanted);
  return true;
}

/**
 * Installs exactly what package-lock.json lists. Scripts of packages are not run: nothing here needs them.
 * @param {{ root: string, log: string, adopt: (pid: number) => void, say: (line: string) => void }} job
 */
export async function install({ root, log, adopt, say }) {
  say('installing packages (npm ci) ...');
  const startMs = Date.now();
  const { command, args } = npmCommand();
  const quiet = ['--no-audit', '--no-fund', '--no-progress', '--loglevel=error', '--ignore-scripts', '--engine-strict=false'];
  const code = await runLogged({
    command,
    args: [...args, 'ci', '--include=dev', '--include=optional', ...quiet],
    cwd: root,
    env: { ...process.env, ...cacheSetting(root) },
    log,
    onStart: adopt,
  });
  if (code === 127) throw new PlainFailure('npm could not be started: it comes with Node.js; is it on the PATH?');
  if (code !== 0) throw new PlainFailure(`npm ci failed${firstError(log)}\n  full output: ${log}`);
  writeFileSync(join(root, stampFile), lockHash(root));
  say(`installed packages in ${((Date.now() - startMs) / 1000).toFixed(1)} s`);
}

function lockHash(root) {
  const lock = readOrUndefined(join(root, 'package-lock.json'));
  if (lock === undefined) throw new PlainFailure('package-lock.json is missing: this is not a whole checkout');
  return createHash('sha256').update(`${process.platform}-${process.arch}\n`).update(lock).digest('hex');
}

// npm writes the hidden lock file last, so a tree that was cut off half-way has none.
function matchesLock(root) {
  const hidden = readOrUndefined(join(root, 'node_modules/.package-lock.json'));
  if (hidden === undefined) return false;
  try {
    const installed = JSON.parse(hidden).packages;
    const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
    const same = Object.entries(wanted).every(([path, entry]) => path === '' || isSatisfied(installed[path], entry, join(root, path)));
    return same && Object.keys(installed).every((path) => path in wanted);
  } catch {
    return false;
  }
}

function isSatisfied(installed, wanted, folder) {
  if (installed === undefined) return wanted.optional === true || wanted.peer === true;
  if (wanted.link === true) return true;
  return installed.version === wanted.version && installed.integrity === wanted.integrity && existsSync(folder);
}

// Under `npm run` the npm that started us is used again; a look-alike of another name is not npm.
function npmCommand() {
  const running = process.env.npm_execpath;
  if (running !== undefined && basename(running) === 'npm-cli.js' && existsSync(running)) {
    return { command: process.execPath, args: [running] };
  }
  return { command: 'npm', args: [] };
}

// Without a home that can be written npm has nowhere to put its cache.
function cacheSetting(root) {
  const home = process.env.HOME ?? '';
  const cache = process.env.npm_config_cache ?? (home === '' ? '' : join(home, '.npm'));
  return cache !== '' && isWritable(cache) ? {} : { npm_config_cache: join(root, '.aegis/npm-cache') };
}

function isWritable(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function firstError(log) {
  const lines = (readOrUndefined(log) ?? '').split('\n').map((line) => line.replace(/^npm (error|ERR!)\s*/u, '').trim());
  const telling = lines.filter((line) => line !== '' && !/^(A complete log|code E?LIFECYCLE)/u.test(line)).slice(0, 3);
  return telling.length === 0 ? '' : `: ${telling.join('; ')}`;
}

function readOrUndefined(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
