// What hostile code would try from inside Node. Each attempt is one function: it succeeds, or throws with the code by which a wall answered.
import { execSync, fork, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { promises as dns, Resolver } from 'node:dns';
import * as fs from 'node:fs';
import * as inspector from 'node:inspector';
import { connect, createServer } from 'node:net';
import { setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';

/** Peers and files that the control run reaches, so that a failure inside is the wall's doing. */
export type ProbeTargets = {
  readonly tree: string;
  readonly scratch: string;
  readonly tcpPort: number;
  readonly udpPort: number;
  readonly unixSocket: string;
};

type Emitter = { readonly on: (event: string, listener: (...values: unknown[]) => void) => unknown };

const until = (make: () => Emitter, event: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const emitter = make();
    emitter.on(event, () => resolve());
    emitter.on('error', (error) => reject(error instanceof Error ? error : new Error('unknown')));
  });

const inWorker = (code: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(
      `const { parentPort } = require('worker_threads');
       Promise.resolve().then(() => { ${code} }).then(() => parentPort.postMessage('done'), (e) => parentPort.postMessage(e.code ?? e.message));`,
      { eval: true },
    );
    worker.on('message', (text) => (text === 'done' ? resolve() : reject(Object.assign(new Error('in a worker'), { code: String(text) }))));
    worker.on('error', reject);
  });

function network({ tcpPort, udpPort, unixSocket }: ProbeTargets): Record<string, () => unknown> {
  return {
    'open a TCP connection': () => until(() => connect(tcpPort, '127.0.0.1'), 'connect'),
    'open a local socket': () => until(() => connect(unixSocket), 'connect'),
    'listen on a port': () => until(() => createServer().listen(0, '127.0.0.1'), 'listening'),
    'send a datagram': () =>
      new Promise<void>((resolve, reject) => {
        const socket = createSocket('udp4').on('error', reject);
        socket.send('x', udpPort, '127.0.0.1', (error) => (error === null ? resolve() : reject(error)));
      }),
    'look a name up': () => dns.lookup('localhost', { family: 4, all: false, hints: 0 }).then(() => fs.readFileSync('/etc/hosts')),
    'resolve a name': () =>
      new Promise<void>((resolve, reject) => {
        const resolver = new Resolver({ timeout: 2000, tries: 1 });
        resolver.setServers([`127.0.0.1:${String(udpPort)}`]);
        resolver.resolve4('example.test', (error) => (error === null ? resolve() : reject(error)));
      }),
    'fetch over HTTP': () =>
      fetch(`http://127.0.0.1:${String(tcpPort)}/`).catch((error: unknown) => {
        throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
      }),
    'open the inspector': () => {
      inspector.open(0, '127.0.0.1');
      if (inspector.url() === undefined) throw Object.assign(new Error('no listener'), { code: 'no listener' });
      inspector.close();
    },
    'open a TCP connection in a worker': () =>
      inWorker(`return new Promise((r, j) => require('net').connect(${String(tcpPort)}, '127.0.0.1').on('connect', r).on('error', j))`),
  };
}

function processes(): Record<string, () => unknown> {
  return {
    'start a process': () => until(() => spawn('/bin/true'), 'exit'),
    'start a shell': () => execSync('true'),
    'fork Node': () => until(() => fork('/dev/null', { stdio: 'ignore' }), 'exit'),
    'start a process in a worker': () => inWorker(`const r = require('child_process').spawnSync('/bin/true'); if (r.error) throw r.error`),
    'signal the parent': () => process.kill(process.ppid, 0),
    'change the priority': () => setPriority(0, 5),
    'change the folder': () => process.chdir('/'),
  };
}

function reads({ tree }: ProbeTargets): Record<string, () => unknown> {
  return {
    'read /etc/passwd': () => fs.readFileSync('/etc/passwd'),
    'read /etc/passwd on the thread pool': () => fs.promises.readFile('/etc/passwd'),
    'read /etc/passwd in a worker': () => inWorker(`require('fs').readFileSync('/etc/passwd')`),
    'read our own environment': () => fs.readFileSync('/proc/self/environ'),
    'open our own memory': () => fs.closeSync(fs.openSync('/proc/self/mem', 'r')),
    'read through a link out of the tree': () => fs.readFileSync(`${tree}/link`),
    'read ../ out of the tree': () => fs.readFileSync(`${tree}/../../../../../../etc/hostname`),
    'list a folder of the system': () => fs.readdirSync('/var'),
    'watch a file': () => fs.watch(tree, () => undefined).close(),
    'load an addon out of the tree': () => process.dlopen({ exports: {} }, `${tree}/evil.node`),
  };
}

function writes({ tree, scratch }: ProbeTargets): Record<string, () => unknown> {
  const inScratch = (name: string): string => `${scratch}/${name}`;
  return {
    'write into the tree': () => fs.writeFileSync(`${tree}/new`, 'x'),
    'write elsewhere': () => fs.writeFileSync(inScratch('new'), 'x'),
    'write on the thread pool': () => fs.promises.writeFile(inScratch('new-async'), 'x'),
    'write in a worker': () => inWorker(`require('fs').writeFileSync(${JSON.stringify(inScratch('new-worker'))}, 'x')`),
    'append to a file': () => fs.appendFileSync(inScratch('file'), 'x'),
    'open a nameless file': () => fs.closeSync(fs.openSync(scratch, 0o20200000 | 1)),
    'cut a file': () => fs.truncateSync(inScratch('file'), 0),
    'copy a file': () => fs.copyFileSync(inScratch('file'), inScratch('copy')),
    'make a folder': () => fs.mkdirSync(inScratch('folder')),
    'rename a file': () => fs.renameSync(inScratch('file'), inScratch('renamed')),
    'make a symbolic link': () => fs.symlinkSync('/etc/passwd', inScratch('symbolic')),
    'make a hard link': () => fs.linkSync(inScratch('renamed'), inScratch('hard')),
    'change a mode': () => fs.chmodSync(inScratch('renamed'), 0o777),
    'change an owner': () => fs.chownSync(inScratch('renamed'), process.getuid?.() ?? 0, process.getgid?.() ?? 0),
    'change times': () => fs.utimesSync(inScratch('renamed'), 1, 1),
    'remove a file': () => fs.unlinkSync(inScratch('renamed')),
    'remove a folder': () => fs.rmdirSync(inScratch('folder')),
  };
}

/** Every probe by name, in an order that works when nothing stops them. */
export function escapeProbes(targets: ProbeTargets): Readonly<Record<string, () => unknown>> {
  return { ...network(targets), ...processes(), ...reads(targets), ...writes(targets) };
}

/** Runs every probe, one after the other; answers `succeeded` or the error code of each. */
export async function runProbes(targets: ProbeTargets): Promise<Readonly<Record<string, string>>> {
  const outcomes: Record<string, string> = {};
  for (const [name, attempt] of Object.entries(escapeProbes(targets))) {
    try {
      await attempt();
      outcomes[name] = 'succeeded';
    } catch (error) {
      outcomes[name] = error instanceof Error && 'code' in error ? String(error.code) : String(error).slice(0, 60);
    }
  }
  return outcomes;
}
