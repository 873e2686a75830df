import { createHash, randomUUID } from 'node:crypto';
import { chmod, copyFile, link, lstat, mkdir, mkdtemp, open, readdir, readFile, realpath, rename, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { canonicalJson, Fault, MIB } from '@lib/kernel';
import { isEnterable } from './is-enterable.ts';
import type { OverlayFile } from './read-overlay.ts';
import { limits, runtimeManifestSchema, type RuntimeManifest } from '@lib/contract';

/** A runtime that the unprivileged user can enter. */
export type StagedRuntime = { readonly runtimeDirectory: string; readonly nodePath: string };

/** What is staged, and where to: the first folder that can be had is used. `overlay`: files that stand in for some of the runtime. */
export type StagePlan = {
  readonly runtimeDirectory: string;
  readonly nodePath: string;
  readonly into?: readonly string[];
  readonly overlay?: readonly OverlayFile[];
};

const othersMayWrite = 0o022;

/**
 * Copies the runtime and the Node binary into a folder named by their digest that everybody may enter and only we may write.
 * What a staged one holds already is linked and not copied: an import of advisories changes two files of some 130 MB. Made aside and renamed, so that parallel starts see all of it or nothing; an existing one is reused after its files have been checked.
 * Errors: Fault `sandbox.start_failed` when the build is missing or altered, or no place can be had.
 */
export async function stageRuntime(plan: StagePlan): Promise<StagedRuntime> {
  const manifest = await readManifest(plan.runtimeDirectory);
  const node = { path: 'node', sha256: await sha256Of(plan.nodePath) };
  const instead = new Map(plan.overlay?.map((file) => [file.path, file]));
  const own = manifest.files.map(({ path, sha256 }) => ({ path, sha256: instead.get(path)?.sha256 ?? sha256 }));
  const digest = createHash('sha256')
    .update(canonicalJson({ files: own, node }))
    .digest('hex');
  const files = [...own, node];
  const place = await placeFor(plan.into ?? ['/var/lib/aegis', join(tmpdir(), `aegis-${String(process.getuid?.() ?? 0)}`)]);
  const target = join(place, `runtime-${digest.slice(0, 32)}`);
  if (!(await isIntact(target, files))) await stage({ plan, files, place, target });
  const now = new Date();
  await utimes(target, now, now); // in use
  await removeUnused(place, now);
  return { runtimeDirectory: target, nodePath: join(target, 'node') };
}

/** The files of a built runtime. Errors: Fault `sandbox.start_failed` when it was not built. */
export async function readManifest(runtimeDirectory: string): Promise<RuntimeManifest> {
  const text = await readFile(join(runtimeDirectory, 'runtime.json'), 'utf8').catch((error: unknown) => {
    throw new Fault('sandbox.start_failed', {
      internal: `no runtime in ${runtimeDirectory}`,
      public: 'the sandbox runtime is not built',
      cause: error,
    });
  });
  const manifest = runtimeManifestSchema.safeParse(JSON.parse(text));
  if (!manifest.success)
    throw new Fault('sandbox.start_failed', { internal: `runtime.json of ${runtimeDirectory} does not fit its schema` });
  return manifest.data;
}

// Builds follow each other; one that nothing has started from for a while is not coming back.
async function removeUnused(place: string, now: Date): Promise<void> {
  for (const name of await readdir(place)) {
    const path = join(place, name);
    if (!/^(?:runtime-[0-9a-f]{32}|\.staging-[0-9a-f-]{36})$/u.test(name) || !(await isOurs(path))) continue;
    const { mtimeMs } = await lstat(path);
    if (now.getTime() - mtimeMs > limits.stagedRuntimeKeepMs) await rm(path, { recursive: true, force: true });
  }
}

type Staging = { readonly plan: StagePlan; readonly files: RuntimeManifest['files']; readonly place: string; readonly target: string };

async function stage({ plan, files, place, target }: Staging): Promise<void> {
  const aside = join(place, `.staging-${randomUUID()}`);
  const instead = new Map(plan.overlay?.map((file) => [file.path, file]));
  try {
    const staged = await newestStaged(place);
    await mkdir(aside, { mode: 0o755 });
    await chmod(aside, 0o755); // whatever the umask says
    for (const file of files) {
      if (staged !== undefined && (await linkInto(aside, file, staged))) continue;
      const from = file.path === 'node' ? plan.nodePath : (instead.get(file.path)?.from ?? join(plan.runtimeDirectory, file.path));
      await copyInto(aside, file.path, from);
    }
    if (!(await isIntact(aside, files))) throw new Fault('sandbox.start_failed', { internal: 'the runtime differs from its runtime.json' });
    await rename(aside, target).catch(async (error: unknown) => {
      if (await isIntact(target, files)) return; // a parallel start was first
      await rename(target, `${aside}.altered`).catch(() => undefined);
      await rm(`${aside}.altered`, { recursive: true, force: true });
      await rename(aside, target).catch(() => {
        throw new Fault('sandbox.start_failed', { internal: `${target} cannot be replaced`, cause: error });
      });
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function newestStaged(place: string): Promise<string | undefined> {
  let newest: { readonly path: string; readonly usedMs: number } | undefined;
  for (const name of await readdir(place)) {
    const path = join(place, name);
    if (!/^runtime-[0-9a-f]{32}$/u.test(name) || !(await isOurs(path))) continue;
    const usedMs = (await lstat(path).catch(() => undefined))?.mtimeMs ?? 0;
    if (usedMs > (newest?.usedMs ?? 0)) newest = { path, usedMs };
  }
  return newest?.path;
}

// One that is not what it should be, or that the file system does not link, is copied.
async function linkInto(root: string, { path, sha256 }: RuntimeManifest['files'][number], staged: string): Promise<boolean> {
  const from = join(staged, path);
  if (!(await isOurs(from)) || (await sha256Of(from).catch(() => '')) !== sha256) return false;
  await makeFolders(root, path);
  return link(from, join(root, path)).then(
    () => true,
    () => false,
  );
}

async function copyInto(root: string, path: string, from: string): Promise<void> {
  const to = join(root, path);
  await makeFolders(root, path);
  await copyFile(from, to);
  await chmod(to, path === 'node' || path === 'launch' || path.endsWith('.node') ? 0o755 : 0o644);
}

async function makeFolders(root: string, path: string): Promise<void> {
  const parts = dirname(path)
    .split('/')
    .filter((part) => part !== '.');
  for (let depth = 1; depth <= parts.length; depth++) {
    const folder = join(root, ...parts.slice(0, depth));
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o755);
  }
}

// Ours, not a link, and nobody else may write: then its contents are what they were when they were checked.
async function isOurs(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined && !found.isSymbolicLink() && found.uid === process.getuid?.() && (found.mode & othersMayWrite) === 0;
}

async function isIntact(root: string, files: RuntimeManifest['files']): Promise<boolean> {
  if (!(await isOurs(root))) return false;
  for (const file of files) {
    const path = join(root, file.path);
    if (!(await isOurs(path)) || (await sha256Of(path).catch(() => '')) !== file.sha256) return false;
  }
  return true;
}

async function placeFor(candidates: readonly string[]): Promise<string> {
  for (const candidate of candidates) {
    const made = await mkdir(candidate, { recursive: true, mode: 0o755 }).catch(() => undefined);
    if (made !== undefined) await chmod(candidate, 0o755); // whatever the umask says
    if (await isOurs(candidate)) {
      const found = await lstat(candidate);
      if ((found.mode & 0o755) === 0o755 && (await isEnterable(candidate))) return realpath(candidate);
    }
  }
  const fresh = await mkdtemp(join(tmpdir(), 'aegis-runtime-')); // not reused, but safe: the last resort
  await chmod(fresh, 0o755);
  return fresh;
}

const hashedAtOnceBytes = MIB;

// Into one buffer: a stream makes a new one for each piece, which for two copies of Node took longer to clear away than to hash.
async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  const room = Buffer.allocUnsafe(hashedAtOnceBytes);
  const file = await open(path, 'r');
  try {
    for (;;) {
      const { bytesRead } = await file.read(room, 0, room.byteLength);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(room.subarray(0, bytesRead));
    }
  } finally {
    await file.close().catch(() => undefined);
  }
}
