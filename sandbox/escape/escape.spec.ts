import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { accessSync, chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxOutcome } from '@lib/platform/sandbox';
import type { ProbeTargets } from './escape-probes.ts';
import { testFolder, testRuntime, testTree } from './test-runtime.ts';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;
const ordinaryUid = 61_234;
const folder = testFolder();
const node = join(folder.path, 'node'); // a copy that every user can reach, wherever the checkout is
let runtimeDirectory = '';
const http = createHttpServer((_, response) => response.end('reached'));
const unix = createServer((socket) => socket.end());
const udp = createSocket('udp4');
const unixSocket = join(folder.path, 'socket');

beforeAll(async () => {
  copyFileSync(realpathSync(process.execPath), node);
  chmodSync(node, 0o755);
  runtimeDirectory = await testRuntime(folder.path, 'probe-runner.ts');
  await bundleScript('probe-control');
  await bundleScript('supervise-as');
  await Promise.all([once(http.listen(0, '127.0.0.1'), 'listening'), once(unix.listen(unixSocket), 'listening')]);
  udp.on('message', (query, peer) => query.byteLength > 12 && udp.send(dnsAnswer(query), peer.port, peer.address));
  await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
  chmodSync(unixSocket, 0o777);
}, 120_000);
afterAll(() => {
  http.close();
  unix.close();
  udp.close();
  folder.remove();
});

async function bundleScript(name: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, `${name}.ts`)],
    outfile: join(folder.path, `${name}.mjs`),
    bundle: true,
    platform: 'node',
    format: 'esm',
    tsconfig: join(import.meta.dirname, '../../tsconfig.json'),
    logLevel: 'error',
  });
  chmodSync(join(folder.path, `${name}.mjs`), 0o644);
}

// One answer to any question: 192.0.2.7.
function dnsAnswer(query: Buffer): Buffer {
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(1, 6);
  header.writeUInt16BE(0, 10);
  const question = query.subarray(12, query.indexOf(0, 12) + 5);
  return Buffer.concat([header, question, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7])]);
}

function probeTree(owner: number): ProbeTargets {
  const tree = testTree(folder.path, {});
  const scratch = mkdtempSync(join(folder.path, 'scratch-'));
  writeFileSync(join(scratch, 'file'), 'x');
  symlinkSync('/etc/passwd', join(tree, 'link'));
  copyFileSync(join(runtimeDirectory, 'raw-call.node'), join(tree, 'evil.node'));
  const targets = { tree, scratch, tcpPort: (http.address() as AddressInfo).port, udpPort: udp.address().port, unixSocket };
  writeFileSync(join(tree, 'targets.json'), JSON.stringify(targets));
  if (isRoot) for (const path of [tree, scratch, join(scratch, 'file')]) chownSync(path, owner, owner);
  return targets;
}

const who = (uid: number | undefined) => (uid === undefined || !isRoot ? {} : { uid, gid: uid });

async function insideOutcomes(options: { readonly uid?: number; readonly bubblewrap: 'auto' | 'off'; readonly landlock: 'auto' | 'off' }) {
  const targets = probeTree(options.uid ?? 0);
  chmodSync(targets.scratch, 0o777); // modes must not be what stops a write
  const stage = join(folder.path, `stage-${String(options.uid ?? 0)}`);
  mkdirSync(stage, { recursive: true });
  const plan = {
    options: { runtimeDirectory, nodePath: node, stageInto: [stage], bubblewrap: options.bubblewrap, landlock: options.landlock },
    request: { treeDirectory: targets.tree, analyzers: ['sast'], wallMs: 50_000 },
  };
  const { stdout } = await run(node, [join(folder.path, 'supervise-as.mjs'), JSON.stringify(plan)], {
    ...who(options.uid),
    env: {},
    cwd: '/',
  });
  const result = JSON.parse(stdout) as { ok: true; value: SandboxOutcome };
  expect(result).toMatchObject({ ok: true, value: { ending: 'finished' } });
  return {
    layers: result.value.layers,
    outcomes: Object.fromEntries(result.value.coverage.map((entry) => [entry.path, entry.detail ?? ''])),
  };
}

async function controlOutcomes(): Promise<Record<string, string>> {
  const targets = probeTree(ordinaryUid);
  const command = `"${node}" "${join(folder.path, 'probe-control.mjs')}" '${JSON.stringify(targets)}'; true`;
  const { stdout } = await run('/bin/sh', ['-c', command], { ...who(ordinaryUid), cwd: '/', env: {} }); // the shell is a parent of the same user
  return JSON.parse(stdout) as Record<string, string>;
}

// The codes by which the walls answer. A peer that is not there (ECONNREFUSED, ETIMEDOUT) is not among them.
const byFilter = ['EPERM'];
const byFiles = ['EACCES', 'ENOENT'];
const readOnly = ['EROFS'];
const expected: Readonly<Record<string, readonly string[]>> = {
  'open a TCP connection': byFilter,
  'open a local socket': byFilter,
  'listen on a port': byFilter,
  'send a datagram': byFilter,
  'look a name up': [...byFiles, 'EAI_AGAIN', 'ENOTFOUND'],
  'resolve a name': ['ECONNREFUSED', 'EFILE', 'ENOTINITIALIZED'], // c-ares words for a socket that it cannot open
  'fetch over HTTP': byFilter,
  'open the inspector': ['no listener'],
  'open a TCP connection in a worker': byFilter,
  'start a process': byFilter,
  'start a shell': byFilter,
  'fork Node': byFilter,
  'start a process in a worker': byFilter,
  'signal the parent': byFilter,
  'change the priority': ['ERR_SYSTEM_ERROR'],
  'change the folder': byFilter,
  'read /etc/passwd': byFiles,
  'read /etc/passwd on the thread pool': byFiles,
  'read /etc/passwd in a worker': byFiles,
  'read our own environment': byFiles,
  'open our own memory': byFiles,
  'read through a link out of the tree': byFiles,
  'read ../ out of the tree': byFiles,
  'list a folder of the system': byFiles,
  'watch a file': byFilter,
  'load an addon out of the tree': ['ERR_DLOPEN_FAILED'],
  'write into the tree': readOnly,
  'write elsewhere': readOnly,
  'write on the thread pool': readOnly,
  'write in a worker': readOnly,
  'append to a file': readOnly,
  'open a nameless file': readOnly,
  'cut a file': readOnly,
  'copy a file': [...byFiles, ...readOnly],
  'make a folder': byFilter,
  'rename a file': byFilter,
  'make a symbolic link': byFilter,
  'make a hard link': byFilter,
  'change a mode': byFilter,
  'change an owner': byFilter,
  'change times': [...byFilter],
  'remove a file': byFilter,
  'remove a folder': [...byFilter, ...byFiles],
};

function judge(outcomes: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(expected).flatMap(([name, codes]) =>
    codes.includes(outcomes[name] ?? 'not tried') ? [] : [`${name}: ${outcomes[name] ?? 'not tried'}`],
  );
}

const stillOf = (outcomes: Readonly<Record<string, string>>) => Object.entries(outcomes).filter(([name]) => name.startsWith('still: '));

describe('escapes from the sandbox', () => {
  it('control_every_probe_succeeds_where_no_wall_stands', async () => {
    const outcomes = await controlOutcomes();
    expect(Object.keys(outcomes).toSorted()).toEqual(Object.keys(expected).toSorted());
    expect(Object.entries(outcomes).filter(([, outcome]) => outcome !== 'succeeded')).toEqual([]);
  });

  const users = isRoot ? ([undefined, ordinaryUid] as const) : ([undefined] as const);
  const variants = users.flatMap((uid) =>
    (['auto', 'off'] as const).map((bubblewrap) => ({
      uid,
      bubblewrap,
      user: uid === undefined ? 'the current user' : 'an ordinary user',
    })),
  );

  it.each(variants)(
    'every_probe_fails_by_a_wall_and_analysis_still_works_as_$user with_bubblewrap_$bubblewrap',
    async ({ uid, bubblewrap }) => {
      const { layers, outcomes } = await insideOutcomes({ ...(uid === undefined ? {} : { uid }), bubblewrap, landlock: 'auto' });
      expect(judge(outcomes)).toEqual([]);
      expect(stillOf(outcomes).filter(([, outcome]) => outcome !== 'works')).toEqual([]);
      expect(stillOf(outcomes)).toHaveLength(8);
      expect(layers).toMatchObject({
        launcher: 'native',
        noNewPrivileges: true,
        seccompStage1: true,
        seccompStage2: true,
        unprivilegedUser: true,
      });
      expect(layers.landlockAbi).toBeGreaterThan(0);
      if (bubblewrap === 'off') expect(layers.bubblewrap).toBe(false);
    },
  );

  const hasBubblewrap = (() => {
    try {
      accessSync('/usr/bin/bwrap');
      return true;
    } catch {
      return false;
    }
  })();

  it.runIf(hasBubblewrap)('bubblewrap_alone_holds_on_a_kernel_without_landlock', async () => {
    const { layers, outcomes } = await insideOutcomes({ bubblewrap: 'auto', landlock: 'off' });
    expect(layers).toMatchObject({ landlockAbi: 0, bubblewrap: true });
    expect(judge(outcomes)).toEqual([]);
  });
});
