import * as fs from 'node:fs';
import { hidden, type Expected, type Kit, type Layer, type Outcome, type Probe } from '../probe.ts';
import { inWorker } from './ways-of-node.ts';

type Row = {
  readonly id: string;
  readonly wants: string;
  readonly attempt: (kit: Kit) => unknown;
  readonly locked: Expected;
  readonly early?: Expected;
  readonly bare?: readonly [Outcome, string];
  readonly stoppedBy?: readonly Layer[];
  readonly residual?: string;
};

const fileLayers: readonly Layer[] = ['Landlock', 'bubblewrap'];
const onlyGranted: Expected = { 'bubblewrap+Landlock': 'EACCES', bubblewrap: 'ok', Landlock: 'EACCES' };
const notOurs: Expected = 'EACCES'; // since the process is undumpable its /proc belongs to root

// Every way by which Node opens a file: its own thread, the pool, a stream, a worker, and the bare call.
const ways: readonly (readonly [way: string, read: (path: string) => (kit: Kit) => unknown])[] = [
  ['sync', (path) => () => fs.readFileSync(path)],
  ['pool', (path) => () => fs.promises.readFile(path)],
  [
    'stream',
    (path) => () => new Promise((resolve, reject) => fs.createReadStream(path, { end: 1 }).on('data', resolve).on('error', reject)),
  ],
  ['worker', (path) => () => inWorker(`require('fs').readFileSync(${JSON.stringify(path)})`)],
  ['raw', (path) => (kit) => kit.call('openat', -100, path, 0, 0)],
];

const secrets: readonly Row[] = ways.map(([way, read]) => ({
  id: `read-passwd-${way}`,
  wants: 'read a file of the machine',
  attempt: read('/etc/passwd'),
  locked: hidden,
  early: hidden,
}));

const elsewhere: readonly Row[] = [
  {
    id: 'link-out-of-the-tree',
    wants: 'follow a link of the repository to a file of the machine',
    attempt: (kit) => fs.readFileSync(`${kit.targets.tree}/link`),
    locked: hidden,
    early: hidden,
  },
  {
    id: 'dots-out-of-the-tree',
    wants: 'climb out of the tree',
    attempt: (kit) => fs.readFileSync(`${kit.targets.tree}/../../../../../../etc/hostname`),
    locked: hidden,
  },
  {
    id: 'loop-of-links',
    wants: 'walk a loop of links for ever',
    attempt: (kit) => fs.readFileSync(`${kit.targets.tree}/loop/loop/loop/manifest.json`),
    locked: 'ok',
    residual: 'a loop inside the tree leads to the tree; ingest drops links, and no path is longer than the kernel allows',
  },
  {
    id: 'link-to-itself',
    wants: 'walk a loop of links for ever',
    attempt: (kit) => fs.readFileSync(`${kit.targets.tree}/self`),
    locked: 'ELOOP',
    bare: ['ELOOP', 'the kernel counts links'],
    residual: 'the kernel ends it, with or without walls',
  },
  { id: 'list-system-folder', wants: 'learn what is on the machine', attempt: () => fs.readdirSync('/var'), locked: hidden },
  {
    id: 'list-root',
    wants: 'learn what is on the machine',
    attempt: () => fs.readdirSync('/'),
    locked: onlyGranted,
    residual: 'in the mount view the root holds the names of a few places',
  },
  { id: 'list-home', wants: 'learn who uses the machine', attempt: () => fs.readdirSync('/home'), locked: hidden },
  {
    id: 'size-of-a-hidden-file',
    wants: 'learn the size and times of a file that it may not read',
    attempt: () => fs.statSync('/etc/shadow'),
    locked: { 'bubblewrap+Landlock': 'ENOENT', bubblewrap: 'ENOENT', Landlock: 'ok' },
    stoppedBy: ['bubblewrap'],
    residual: 'Landlock does not hide stat(): without bubblewrap names, sizes and times of files can be learned',
  },
  {
    id: 'neighbour-folder',
    wants: 'read what another tenant left',
    attempt: (kit) => fs.readdirSync(kit.targets.neighbour),
    locked: hidden,
    early: hidden,
  },
  {
    id: 'neighbour-file',
    wants: 'read what another tenant left',
    attempt: (kit) => fs.readFileSync(`${kit.targets.neighbour}/secret`),
    locked: hidden,
    early: hidden,
  },
  {
    id: 'folder-above-the-tree',
    wants: 'find the trees of other runs',
    attempt: (kit) => fs.readdirSync(`${kit.targets.tree}/..`),
    locked: onlyGranted,
    residual: 'in the mount view the folder above holds nothing but the tree',
  },
  {
    id: 'shared-memory',
    wants: 'read memory that another user shares',
    attempt: (kit) => fs.readFileSync(kit.targets.sharedMemory),
    locked: hidden,
    early: hidden,
  },
  {
    id: 'write-the-runtime',
    wants: 'change the code that the next run starts',
    attempt: () => fs.openSync(process.argv[1] ?? '', 'r+'),
    locked: 'EROFS',
    bare: ['EACCES', 'the control may not write it either'],
    stoppedBy: ['stage 2'],
  },
  {
    id: 'watch',
    wants: 'watch what others do with their files',
    attempt: (kit) => fs.watch(kit.targets.tree, () => undefined).close(),
    locked: 'EPERM',
    stoppedBy: ['stage 1', 'stage 2'],
  },
];

const kernelFiles: readonly Row[] = [
  {
    id: 'proc-self-environ',
    wants: 'read secrets of the environment',
    attempt: () => fs.readFileSync('/proc/self/environ'),
    locked: notOurs,
    stoppedBy: ['Landlock', 'undumpable'],
  },
  {
    id: 'proc-self-mem',
    wants: 'change its own code past every check of pages',
    attempt: () => fs.closeSync(fs.openSync('/proc/self/mem', 'r')),
    locked: notOurs,
    stoppedBy: ['Landlock', 'undumpable'],
  },
  {
    id: 'proc-self-maps',
    wants: 'learn where code lies',
    attempt: () => fs.readFileSync('/proc/self/maps'),
    locked: onlyGranted,
    residual: 'code that runs in the process can find its own addresses without this file',
  },
  {
    id: 'proc-self-root',
    wants: 'reach the root by another name',
    attempt: () => fs.readFileSync('/proc/self/root/etc/passwd'),
    locked: hidden,
  },
  {
    id: 'proc-1-environ',
    wants: 'read secrets of the first process',
    attempt: () => (fs.readFileSync('/proc/1/environ').byteLength === 0 ? 'empty' : 'ok'),
    locked: { 'bubblewrap+Landlock': 'EACCES', bubblewrap: 'empty', Landlock: 'EACCES' },
    bare: ['EACCES', 'it belongs to root'],
    residual: 'in its own pid namespace the first process is bubblewrap, whose environment is empty; without it, it belongs to root',
  },
  {
    id: 'proc-1-cmdline',
    wants: 'learn what the first process is',
    attempt: () => fs.readFileSync('/proc/1/cmdline'),
    locked: onlyGranted,
    residual: 'in its own pid namespace the first process is bubblewrap',
  },
  {
    id: 'proc-supervisor-environ',
    wants: 'read secrets of the supervisor',
    attempt: (kit) => fs.readFileSync(`/proc/${String(kit.targets.supervisorPid)}/environ`),
    locked: { 'bubblewrap+Landlock': 'ENOENT', bubblewrap: 'ENOENT', Landlock: 'EACCES' },
    early: { 'bubblewrap+Landlock': 'ENOENT', bubblewrap: 'ENOENT', Landlock: 'EACCES' },
  },
  {
    id: 'proc-supervisor-mem',
    wants: 'read the memory of the supervisor',
    attempt: (kit) => fs.closeSync(fs.openSync(`/proc/${String(kit.targets.supervisorPid)}/mem`, 'r')),
    locked: hidden,
    early: hidden,
  },
  {
    id: 'proc-supervisor-fd',
    wants: 'open what the supervisor has open',
    attempt: (kit) => fs.readdirSync(`/proc/${String(kit.targets.supervisorPid)}/fd`),
    locked: hidden,
  },
  {
    id: 'proc-kallsyms',
    wants: 'learn where the kernel lies',
    attempt: () => fs.readFileSync('/proc/kallsyms'),
    locked: onlyGranted,
    residual: 'the kernel shows zeroes to users without a capability',
  },
  {
    id: 'proc-mounts',
    wants: 'learn what is mounted',
    attempt: () => fs.readFileSync('/proc/self/mounts'),
    locked: onlyGranted,
    residual: 'it shows the mount view that it is in',
  },
  {
    id: 'proc-net',
    wants: 'learn who speaks with whom',
    attempt: () => fs.readFileSync('/proc/net/tcp'),
    locked: { 'bubblewrap+Landlock': 'EACCES', bubblewrap: 'ok', Landlock: 'EACCES' },
    residual: 'its own network namespace has no connections',
  },
  {
    id: 'proc-sys',
    wants: 'learn how the kernel is set',
    attempt: () => fs.readFileSync('/proc/sys/kernel/ostype'),
    locked: onlyGranted,
    residual: 'settings of the kernel, readable by everybody',
  },
  { id: 'sys', wants: 'learn what hardware there is', attempt: () => fs.readdirSync('/sys/class/net'), locked: hidden },
  {
    id: 'dev-shm',
    wants: 'find shared memory',
    attempt: () => fs.readdirSync('/dev/shm'),
    locked: onlyGranted,
    residual: 'in the mount view it is empty and its own',
  },
  {
    id: 'dev-zero',
    wants: 'open a device',
    attempt: () => fs.closeSync(fs.openSync('/dev/zero', 'r')),
    locked: onlyGranted,
    residual: 'in the mount view the devices are those that hold nothing',
  },
  {
    id: 'dev-tty',
    wants: 'type into the terminal of whoever started it',
    attempt: () => fs.closeSync(fs.openSync('/dev/tty', 'r')),
    locked: { 'bubblewrap+Landlock': 'EACCES', bubblewrap: 'ENXIO', Landlock: 'EACCES' },
    bare: ['ENXIO', 'the control has no terminal'],
    residual: 'without a terminal there is none to open',
  },
];

const inScratch = (kit: Kit, name: string): string => `${kit.targets.scratch}/${name}`;
const writes: readonly Row[] = (
  [
    ['write-into-the-tree', (kit) => fs.writeFileSync(`${kit.targets.tree}/new`, 'x')],
    ['write-sync', (kit) => fs.writeFileSync(inScratch(kit, 'new'), 'x')],
    ['write-pool', (kit) => fs.promises.writeFile(inScratch(kit, 'new-pool'), 'x')],
    ['write-worker', (kit) => inWorker(`require('fs').writeFileSync(${JSON.stringify(inScratch(kit, 'new-worker'))}, 'x')`)],
    ['append', (kit) => fs.appendFileSync(inScratch(kit, 'file'), 'x')],
    ['open-nameless', (kit) => fs.closeSync(fs.openSync(kit.targets.scratch, 0o20200000 | 1))],
    ['cut', (kit) => fs.truncateSync(inScratch(kit, 'file'), 0)],
    ['copy', (kit) => fs.copyFileSync(inScratch(kit, 'file'), inScratch(kit, 'copy')), hidden],
    ['make-folder', (kit) => fs.mkdirSync(inScratch(kit, 'folder')), 'EPERM'],
    ['rename', (kit) => fs.renameSync(inScratch(kit, 'file'), inScratch(kit, 'renamed')), 'EPERM'],
    ['symbolic-link', (kit) => fs.symlinkSync('/etc/passwd', inScratch(kit, 'symbolic')), 'EPERM'],
    ['hard-link', (kit) => fs.linkSync(inScratch(kit, 'renamed'), inScratch(kit, 'hard')), 'EPERM'],
    ['change-mode', (kit) => fs.chmodSync(inScratch(kit, 'renamed'), 0o777), 'EPERM'],
    ['change-owner', (kit) => fs.chownSync(inScratch(kit, 'renamed'), process.getuid?.() ?? 0, process.getgid?.() ?? 0), 'EPERM'],
    ['change-times', (kit) => fs.utimesSync(inScratch(kit, 'renamed'), 1, 1), 'EPERM'],
    ['remove-file', (kit) => fs.unlinkSync(inScratch(kit, 'renamed')), 'EPERM'],
    ['remove-folder', (kit) => fs.rmdirSync(inScratch(kit, 'folder')), 'EPERM'],
  ] as readonly (readonly [string, (kit: Kit) => unknown, Expected?])[]
).map(([id, attempt, locked = 'EROFS']) => ({
  id,
  wants: 'leave something behind, or change what is there',
  attempt,
  locked,
  stoppedBy: ['stage 2'],
}));

/** Files as a program of Node reaches for them, in an order that works when nothing stops them. */
export const nodeFiles: readonly Probe[] = [...secrets, ...elsewhere, ...kernelFiles, ...writes].map(
  ({ bare, stoppedBy = fileLayers, id, ...rest }) => ({
    ...rest,
    id: `file/${id}`,
    stoppedBy,
    bare: bare?.[0] ?? 'ok',
    ...(bare === undefined ? {} : { bareWhy: bare[1] }),
  }),
);
