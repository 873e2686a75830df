import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { limits } from '@lib/contract';
import { bubblewrapWorks, findBubblewrap, unprivilegedIdentity, type Identity } from '@lib/platform/sandbox';

/** Programs at fixed places: what PATH says is not our choice. */
const places = { git: ['/usr/bin/git', '/usr/local/bin/git'], prlimit: ['/usr/bin/prlimit', '/bin/prlimit'] } as const;

/** A git that may be run: where it is, what goes around it, and who runs it. */
export type GitProgram = {
  readonly git: string;
  readonly prlimit: string;
  readonly bubblewrap: string | undefined;
  readonly identity: Identity | undefined;
};

/** Finds git and what bounds it. Undefined when either is not on this machine. The user is a new one each time. */
export async function findGit(): Promise<GitProgram | undefined> {
  const [git, prlimit] = [present(places.git), present(places.prlimit)];
  if (git === undefined || prlimit === undefined) return undefined;
  const identity = unprivilegedIdentity();
  const found = findBubblewrap();
  const works = found !== undefined && (await bubblewrapWorks(found, process.execPath, identity));
  return { git, prlimit, bubblewrap: works ? found : undefined, identity };
}

function present(candidates: readonly string[]): string | undefined {
  return candidates.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

// From nothing. Source: git(1), "Environment Variables".
const environment = {
  PATH: '/usr/bin:/bin',
  HOME: '/nonexistent',
  LANG: 'C',
  TZ: 'UTC',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_LFS_SKIP_SMUDGE: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_OPTIONAL_LOCKS: '0',
} as const;

const settings = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.symlinks=false',
  'core.protectHFS=true',
  'core.protectNTFS=true',
  'core.askPass=/bin/false',
  'credential.helper=',
  'fetch.fsckObjects=true',
  'transfer.fsckObjects=true',
  'transfer.bundleURI=false',
  'fetch.writeCommitGraph=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'http.followRedirects=false',
  'http.sslVerify=true',
  'http.proxy=',
  'protocol.ext.allow=never',
  'protocol.file.allow=never',
  'submodule.recurse=false',
  'safe.bareRepository=explicit',
  'http.lowSpeedLimit=1000', // bytes a second, for half a minute
  'http.lowSpeedTime=30',
  'pack.threads=1',
] as const;

/** One call of git. `directory` is the bare repository: the one place that it may write. */
export type GitCall = {
  readonly directory: string;
  readonly argv: readonly string[];
  readonly network: 'none' | 'one_host';
  /** Protocols that git may speak at all; the product says `https`. */
  readonly protocols: string;
  readonly settings?: readonly string[];
};

const views = ['/usr', '/lib', '/lib64', '/bin', '/etc/ssl', '/etc/ca-certificates', '/etc/pki', '/etc/ld.so.cache', '/etc/nsswitch.conf'];

/**
 * Starts git hardened: an environment from nothing, no hooks, filters, helpers, file monitors, submodules, local or external protocols; bounds
 * of the system around it; another user where we are root; its own namespaces and a view of one writable folder where bubblewrap works, with
 * a network only while it fetches. Source: git-config(1), safe.bareRepository; CVE-2022-24765, CVE-2024-32002.
 */
export function startGit(program: GitProgram, call: GitCall): ChildProcess {
  const { identity } = program;
  const options = [...settings, ...(call.settings ?? [])].flatMap((setting) => ['-c', setting]);
  const command = [program.git, ...options, `--git-dir=${call.directory}`, ...call.argv];
  const argv = [...bounds, ...(program.bubblewrap === undefined ? [] : wrapped(program.bubblewrap, call)), ...command];
  return spawn(program.prlimit, argv, {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: '/',
    env: { ...environment, GIT_ALLOW_PROTOCOL: call.protocols },
    detached: true, // a group of its own, so that what git starts ends with it
    ...(identity === undefined ? {} : { uid: identity.uid, gid: identity.gid }),
  });
}

/** Ends a call with everything that it has started. */
export function endGit(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error; // it has ended by itself
  }
}

const bounds = [
  '--core=0',
  `--fsize=${String(limits.archiveBytesMax)}`, // a pack is one file
  `--as=${String(limits.gitAddressBytesMax)}`,
  `--cpu=${String(limits.gitCpuSecondsMax)}`,
  `--nofile=${String(limits.gitOpenFilesMax)}`,
  '--',
];

function wrapped(bubblewrap: string, call: GitCall): readonly string[] {
  return [
    bubblewrap,
    '--unshare-all',
    ...(call.network === 'none' ? [] : ['--share-net']),
    '--die-with-parent',
    '--new-session',
    '--cap-drop',
    'ALL',
    ...views.flatMap((path) => ['--ro-bind-try', path, path]),
    '--dev',
    '/dev',
    '--proc',
    '/proc',
    '--bind',
    call.directory,
    call.directory,
    '--chdir',
    '/',
    '--',
  ];
}
