// The one entry of `npm start`, `npm test` and the other scripts: sets everything up, then runs the real program on Node 24.
// Runs before any install, on any Node from 20 on: plain JavaScript, no packages.
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNode } from './bootstrap/find-node.mjs';
import { holdLock } from './bootstrap/hold-lock.mjs';
import { install, isInstalled } from './bootstrap/ensure-installed.mjs';
import { PlainFailure } from './bootstrap/plain-failure.mjs';
import { runChild } from './bootstrap/run-child.mjs';
import { runLogged } from './bootstrap/run-logged.mjs';
import { sourceDigest } from './bootstrap/source-digest.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const state = join(root, '.aegis');

/** What each command runs, after set-up; the user's arguments follow. */
const commands = {
  up: ['dist/cli.js', 'up'],
  aegis: ['dist/cli.js'],
  test: ['tools/check/main.ts'],
  bench: ['dist/bench.js'],
  score: ['dist/score.js'],
  'score-sast': ['dist/score-sast.js'],
  'score-secrets': ['dist/score-secrets.js'],
  'score-iac': ['dist/score-iac.js'],
  'score-lineage': ['dist/score-lineage.js'],
  'advisories-snapshot': ['dist/advisories-snapshot.js'],
  faults: ['dist/faults.js'],
  escape: ['sandbox/escape/main.ts'],
  isolation: ['dist/isolation.js'],
  tamper: ['dist/tamper.js'],
  github: ['tools/suites/main.ts', 'github'],
};

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = tell(error);
}

async function main([name, ...args]) {
  if (Number(process.versions.node.split('.')[0]) < 20) throw new PlainFailure(`Node 20 or newer is needed; this is ${process.version}`);
  const command = commands[name];
  if (command === undefined) throw new PlainFailure(`usage: node tools/bootstrap.mjs ${Object.keys(commands).join(' | ')} [arguments]`);
  const digest = sourceDigest(root);
  if (!isInstalled(root) || !isBuilt(digest)) await setUp();
  const [entry, ...fixed] = command;
  if (!existsSync(join(root, entry))) throw new PlainFailure(`\`${name}\` is not part of this checkout (${entry} is missing)`);
  return runChild({ node: findNode(root), args: [join(root, entry), ...fixed, ...args], cwd: process.cwd() });
}

async function setUp() {
  const onWait = () => say('another start is setting this checkout up; waiting for it ...');
  await holdLock(join(state, 'set-up.lock'), onWait, async (adopt) => {
    // Looked at again: whoever held the lock before us may have done it all.
    if (!isInstalled(root)) await install({ root, log: join(state, 'logs/install.log'), adopt, say });
    const digest = sourceDigest(root);
    if (!isBuilt(digest)) await build(digest, adopt);
  });
}

function isBuilt(digest) {
  const stamp = join(root, 'dist/source-digest');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === digest;
}

async function build(digest, adopt) {
  say('building ...');
  const startMs = Date.now();
  const log = join(state, 'logs/build.log');
  const args = [join(root, 'tools/build.mjs'), digest];
  const code = await runLogged({ command: findNode(root), args, cwd: root, log, onStart: adopt });
  if (code !== 0)
    throw new PlainFailure(
      `the build failed:\n${readFileSync(log, 'utf8').trim().split('\n').slice(0, 20).join('\n')}\n  full output: ${log}`,
    );
  say(`built in ${((Date.now() - startMs) / 1000).toFixed(1)} s`);
}

function say(line) {
  process.stderr.write(`aegis: ${line}\n`);
}

// A user gets a sentence. Whatever was not foreseen is kept for whoever mends it.
function tell(error) {
  if (error instanceof PlainFailure) {
    say(error.message);
    return 1;
  }
  const log = join(state, 'logs/bootstrap.log');
  try {
    mkdirSync(dirname(log), { recursive: true });
    appendFileSync(log, `${new Date().toISOString()} ${error?.stack ?? error}\n`);
    say(`set-up failed: ${error?.message ?? error}\n  details: ${log}`);
  } catch {
    say(`set-up failed: ${error?.message ?? error}`);
  }
  return 1;
}
