import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 200; // a waiter looks this often
const settleMs = 100; // after taking over a dead holder's lock, look again: another may have done the same
const waitMsMax = 20 * 60_000; // an install on a slow network; then something is wrong

/**
 * Runs `work` while no other process of this checkout does. A holder that was killed, even by kill -9, blocks nobody: the lock names
 * its processes, and is taken over once none of them lives. `work` gets `adopt(pid)`, to name a child that must end first as well.
 * @param {string} file
 * @param {() => void} onWait called once when another process holds the lock
 * @param {(adopt: (pid: number) => void) => Promise<void>} work
 */
export async function holdLock(file, onWait, work) {
  mkdirSync(dirname(file), { recursive: true });
  const token = randomUUID();
  const holders = [identify(process.pid)];
  await acquire(file, render(token, holders), onWait);
  try {
    await work((pid) => {
      holders.push(identify(pid));
      writeFileSync(file, render(token, holders));
    });
  } finally {
    if (tokenOf(read(file)) === token) rmSync(file, { force: true });
  }
}

async function acquire(file, content, onWait) {
  const endMs = Date.now() + waitMsMax;
  for (let told = false; Date.now() < endMs;) {
    if (create(file, content)) return;
    const held = read(file);
    if (held !== undefined && !isHeld(held)) {
      if (await takeOver(file, held, content)) return;
      continue;
    }
    if (!told) onWait();
    told = true;
    await sleep(pollMs);
  }
  throw new Error(`another start has held ${file} for more than ${waitMsMax / 60_000} minutes`);
}

// Written apart and linked into place, so that nobody reads half a lock.
function create(file, content) {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, content);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

async function takeOver(file, dead, content) {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
  // Between reading and renaming somebody else may have taken over: then it is theirs, and goes back.
  const moved = read(aside);
  if (moved !== dead && moved !== undefined) create(file, moved);
  rmSync(aside, { force: true });
  if (moved !== dead || !create(file, content)) return false;
  await sleep(settleMs);
  return read(file) === content;
}

function isHeld(content) {
  try {
    const { boot, holders } = JSON.parse(content);
    return boot === bootId() && holders.some((holder) => identify(holder.pid)?.startedAt === holder.startedAt);
  } catch {
    return false;
  }
}

function render(token, holders) {
  return JSON.stringify({ token, boot: bootId(), holders: holders.filter((holder) => holder !== undefined) });
}

function tokenOf(content) {
  try {
    return JSON.parse(content ?? '{}').token;
  } catch {
    return undefined;
  }
}

// A pid is used again after its process died, so the start time belongs to the name of a process. A zombie has ended.
function identify(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return undefined;
  }
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return { pid, startedAt: 'unknown' };
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : { pid, startedAt: fields[19] };
}

function bootId() {
  return (read('/proc/sys/kernel/random/boot_id') ?? 'unknown').trim();
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
