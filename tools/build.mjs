// Builds everything that runs into dist/. It is made beside it and moved into place whole, so that nobody ever sees half of it.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourceDigest } from './bootstrap/source-digest.mjs';
import { bundlePrograms } from './build/bundle-programs.mjs';
import { writeAssets } from './build/write-assets.mjs';
import { bundleWeb } from './build/bundle-web.mjs';
import { bundleRunner } from './build/bundle-runner.mjs';

const root = join(import.meta.dirname, '..');
const target = join(root, 'dist');
const draft = `${target}.tmp-${process.pid}`;

const digest = process.argv[2] ?? sourceDigest(root);
sweep();
try {
  mkdirSync(draft);
  const absent = (await Promise.all([bundlePrograms, bundleRunner, writeAssets, bundleWeb].map((step) => step(root, draft)))).flat();
  if (absent.length > 0) console.log(`not in this checkout, left out: ${absent.join(', ')}`);
  writeFileSync(join(draft, 'source-digest'), digest);
  moveIntoPlace();
} catch (error) {
  // esbuild has shown its own errors, with the place in the source
  if (!('errors' in error)) console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(draft, { recursive: true, force: true });
}

function moveIntoPlace() {
  const old = `${target}.old-${process.pid}`;
  // Two builds may end at the same moment; each tries again until its own is the one in place.
  for (let attempt = 1; ; attempt += 1) {
    if (existsSync(target)) rename(target, old);
    if (rename(draft, target)) break;
    rmSync(old, { recursive: true, force: true });
    if (attempt === 10) throw new Error(`${target} could not be replaced`);
  }
  rmSync(old, { recursive: true, force: true });
}

function rename(from, to) {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code)) return false;
    throw error;
  }
}

// What builds that were killed have left behind.
function sweep() {
  for (const name of readdirSync(root)) {
    const pid = /^dist\.(?:tmp|old)-(\d+)$/u.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(root, name), { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
