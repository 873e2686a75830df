import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { bundleSandbox } from '../bundle.ts';
import { buildProber } from './build-prober.ts';
import { openProber } from './open-kit.ts';
import { openPeers } from './open-peers.ts';
import type { Targets } from './probe.ts';
import type { ProbeList } from './run-list.ts';

/** The user of the runs that are not root's. */
export const ordinaryUid = 61_234;
export const isRoot = process.getuid?.() === 0;

/** Everything that a run of the suite stands on: programs, peers, folders that every user can reach. */
export type Stage = {
  readonly folder: string;
  readonly node: string;
  readonly prober: string;
  readonly runtimeDirectory: string;
  readonly targets: Omit<Targets, 'tree' | 'fill' | keyof SupervisorFacts>;
  readonly close: () => void;
};

/** Opens the stage. Undefined where the machine code of the probes cannot be had. */
export async function openStage(): Promise<Stage | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-escape-'));
  chmodSync(folder, 0o755);
  const prober = buildProber(folder);
  if (prober === undefined) {
    rmSync(folder, { recursive: true, force: true });
    return undefined;
  }
  chmodSync(prober, 0o755);
  const node = join(folder, 'node'); // that every user can reach, wherever the checkout is
  copyOrLink(realpathSync(process.execPath), node);
  const runtimeDirectory = await buildRuntime({ outDirectory: join(folder, 'runtime'), prober });
  for (const name of ['supervise-as', 'probe-control']) await bundleScript(folder, name);
  const peers = await openPeers(folder);
  const neighbour = join(folder, 'neighbour');
  mkdirSync(neighbour);
  writeFileSync(join(neighbour, 'secret'), 'of another tenant');
  const segment = sharedSegment(prober);
  const targets = { ...peers.targets, neighbour, scratch: scratchOf(folder), sharedSegment: segment.id };
  const close = (): void => {
    peers.close();
    segment.remove();
    rmSync(folder, { recursive: true, force: true });
  };
  return { folder, node, prober, runtimeDirectory, targets, close };
}

function copyOrLink(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to); // another file system
  }
}

/** A folder that everybody may write, with a file: modes must not be what stops a write. */
export function scratchOf(folder: string): string {
  const scratch = mkdtempSync(join(folder, 'scratch-'));
  const files = ['file', 'raw', 'program'].map((name) => join(scratch, name));
  for (const file of files) {
    writeFileSync(file, 'x');
    chmodSync(file, file.endsWith('program') ? 0o777 : 0o666);
  }
  chmodSync(scratch, 0o777);
  if (isRoot) for (const path of [scratch, ...files]) chownSync(path, ordinaryUid, ordinaryUid);
  return scratch;
}

/** The product's runtime around the runner of the probes, with their machine code in it. */
export async function buildRuntime(plan: { readonly outDirectory: string; readonly prober: string }): Promise<string> {
  const { outDirectory, prober } = plan;
  const entry = (name: string): string => join(import.meta.dirname, `${name}.ts`);
  await bundleSandbox({ outDirectory, runnerEntry: entry('probe-runner'), unpackerEntry: entry('probe-unpacker'), assets: [] });
  copyFileSync(prober, join(outDirectory, 'prober.node'));
  rewriteManifest(outDirectory);
  return outDirectory;
}

/** Writes down what is in a runtime now, as the build does: root stages no other. */
export function rewriteManifest(runtimeDirectory: string): void {
  const names = readdirSync(runtimeDirectory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'runtime.json')
    .map((entry) => join(entry.parentPath, entry.name));
  const files = names.map((path) => ({
    path: relative(runtimeDirectory, path),
    sha256: createHash('sha256').update(readFileSync(path)).digest('hex'),
  }));
  const path = join(runtimeDirectory, 'runtime.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as object;
  writeFileSync(path, JSON.stringify({ ...manifest, files }));
}

/** Bundles one program of this folder, so that any user can run it. */
export async function bundleScript(folder: string, name: string, plugins: Plugin[] = []): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, `${name}.ts`)],
    outfile: join(folder, `${name}.mjs`),
    bundle: true,
    platform: 'node',
    format: 'esm',
    tsconfig: join(import.meta.dirname, '../../tsconfig.json'),
    logLevel: 'error',
    plugins,
  });
}

function sharedSegment(prober: string): { readonly id: number; readonly remove: () => void } {
  const { systemCall } = openProber(prober);
  const id = systemCall(29, 0, 4096, 0o1666); // shmget
  return { id, remove: () => void systemCall(31, id, 0, 0) }; // shmctl, IPC_RMID
}

/** A sealed tree that carries a list, with the links that hostile archives carry. */
export function treeWith(
  stage: Stage,
  list: Omit<ProbeList, 'targets'>,
  { supervisorPid, asRoot }: { readonly supervisorPid: number; readonly asRoot: boolean },
): string {
  const tree = mkdtempSync(join(stage.folder, 'tree-'));
  chmodSync(tree, asRoot ? 0o755 : 0o777); // modes must not be what stops a write
  symlinkSync('/etc/passwd', join(tree, 'link'));
  symlinkSync('.', join(tree, 'loop'));
  symlinkSync('self', join(tree, 'self'));
  copyFileSync(stage.prober, join(tree, 'evil.node'));
  writeFileSync(join(tree, 'manifest.json'), JSON.stringify({ v: 1, files: [] }));
  chmodSync(join(tree, 'manifest.json'), 0o666); // modes must not be what stops a write
  const fill = join(tree, 'fill'); // lent to the unpacker; the runner never finds it writable
  mkdirSync(fill);
  if (!isRoot || !asRoot) chmodSync(fill, 0o777); // an ordinary supervisor lends nothing: it must be able to
  const whole: ProbeList = { ...list, targets: { ...stage.targets, tree, fill, ...supervisorFacts(supervisorPid) } };
  writeFileSync(join(tree, 'probes.json'), JSON.stringify(whole));
  return tree;
}

type SupervisorFacts = Pick<Targets, 'supervisorPid' | 'supervisorNamespaces' | 'supervisorSession'>;

/** What the probes compare their own surroundings with. */
export function supervisorFacts(supervisorPid: number): SupervisorFacts {
  const kinds = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'];
  const namespaces = kinds.map((kind) => [kind, readlinkSync(`/proc/${String(supervisorPid)}/ns/${kind}`)] as const);
  const session = readFileSync(`/proc/${String(supervisorPid)}/stat`, 'utf8')
    .replace(/^.*\) /u, '')
    .split(' ')[3];
  return { supervisorPid, supervisorNamespaces: Object.fromEntries(namespaces), supervisorSession: Number(session) };
}
