import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Expected, Kit, Layer, Outcome, Probe } from '../probe.ts';
import { outcomeError } from './ways-of-node.ts';

type Row = {
  readonly id: string;
  readonly wants: string;
  readonly stoppedBy: readonly Layer[];
  readonly attempt: (kit: Kit) => Outcome;
  readonly locked: Expected;
  readonly early?: Expected;
  readonly filling?: Expected;
  readonly bare: readonly [Outcome, string?];
};

/** The names of the environment that the launcher makes from nothing. */
const ownEnvironment = 'HOME LANG NODE_ENV PATH TZ UV_THREADPOOL_SIZE UV_USE_IO_URING';

const status = (field: string): string =>
  new RegExp(`^${field}:[ \\t]*(.*?)[ \\t]*$`, 'mu').exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 'none';

const resultPipe = 3; // the last of the four that are meant to be there; Node makes its pipes of sockets

/** The soft and the hard value of a limit, as the kernel says them; /proc/self/limits belongs to root in here. */
function limitOf(kit: Kit, resource: number): string {
  const bytes = new Uint8Array(16);
  const result = kit.call('prlimit64', 0, resource, 0, bytes);
  if (result < 0) return String(result);
  const [soft, hard] = new BigUint64Array(bytes.buffer);
  return `${String(soft)}/${String(hard)}`;
}

const bounded = (kit: Kit, resource: number, max: number): Outcome =>
  Number(limitOf(kit, resource).split('/')[1]) <= max ? 'bounded' : 'unbounded';

function descriptors(): Outcome {
  const found = readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      return [{ descriptor: Number(name), target: readlinkSync(`/proc/self/fd/${name}`) }];
    } catch {
      return [];
    }
  });
  const surprising = new Set(found.flatMap(({ target }) => /io_uring|memfd|userfaultfd|passwd/u.exec(target)?.[0] ?? []));
  if (found.some(({ descriptor, target }) => descriptor > resultPipe && target.startsWith('socket:'))) surprising.add('socket');
  return [...surprising].toSorted().join(' ') || 'none';
}

function otherNamespaces({ targets }: Kit): Outcome {
  const own = Object.entries(targets.supervisorNamespaces).filter(([kind, theirs]) => readlinkSync(`/proc/self/ns/${kind}`) !== theirs);
  return own.map(([kind]) => kind).join(' ') || 'none';
}

/** Which of these places are mounted for reading only. Source: statfs(2), f_flags, ST_RDONLY. */
function readOnlyPlaces(kit: Kit): Outcome {
  const places = { root: '/', libraries: '/usr/lib', tree: kit.targets.tree, runtime: process.argv[1] ?? '' };
  const isReadOnly = (path: string): boolean => {
    const found = new Uint8Array(120);
    if (kit.call('statfs', path, found) < 0) throw outcomeError('EPERM');
    return ((new BigUint64Array(found.buffer)[10] ?? 0n) & 1n) === 1n;
  };
  const found = Object.entries(places).filter(([, path]) => isReadOnly(path));
  return found.map(([name]) => name).join(' ') || 'none';
}

const everyNamespace = 'cgroup ipc mnt net pid user uts';
const signalAtDeath = 2; // PR_GET_PDEATHSIG
const privateUserFirst = 1_990_000_000; // a user of this run alone: threads of others do not count against it
const onlyInMountView = (yes: Outcome, no: Outcome): Expected => ({ 'bubblewrap+Landlock': yes, bubblewrap: yes, Landlock: no });

const mebibyte = 2 ** 20;
const rows: readonly Row[] = [
  {
    id: 'environment',
    wants: 'read secrets of the supervisor in the environment',
    stoppedBy: ['launcher'],
    attempt: () => Object.keys(process.env).toSorted().join(' '),
    locked: ownEnvironment,
    bare: ['AEGIS_CANARY PATH PWD', 'it has the environment of the supervisor'],
  },
  {
    id: 'descriptors',
    wants: 'use a file, a socket or a ring that the supervisor forgot to close',
    stoppedBy: ['launcher', 'descriptors'],
    attempt: descriptors,
    locked: 'none',
    bare: ['io_uring', 'Node opens rings where nothing refuses them'],
  },
  {
    id: 'no-new-privileges',
    wants: 'gain rights by a setuid program',
    stoppedBy: ['launcher'],
    attempt: () => status('NoNewPrivs'),
    locked: '1',
    bare: ['0'],
  },
  {
    id: 'filtered',
    wants: 'run without a filter',
    stoppedBy: ['stage 1', 'stage 2'],
    attempt: () => status('Seccomp'),
    locked: '2',
    bare: ['0'],
  },
  {
    id: 'capabilities',
    wants: 'a capability',
    stoppedBy: ['user'],
    attempt: () => `${status('CapEff')} ${status('CapPrm')} ${status('CapAmb')}`,
    locked: '0000000000000000 0000000000000000 0000000000000000',
    bare: ['0000000000000000 0000000000000000 0000000000000000', 'an ordinary user has none'],
  },
  {
    id: 'user',
    wants: 'be root',
    stoppedBy: ['user'],
    attempt: () => (status('Uid').split(/\s+/u).includes('0') || status('Gid').split(/\s+/u).includes('0') ? 'root' : 'not root'),
    locked: 'not root',
    bare: ['not root', 'the control is an ordinary user'],
  },
  {
    id: 'groups',
    wants: 'be in a group that may read more',
    stoppedBy: ['user'],
    // its own group once more, as a log-in leaves it, opens nothing
    attempt: () => {
      const own = status('Gid').split(/\s+/u);
      return status('Groups')
        .split(/\s+/u)
        .filter((group) => !own.includes(group))
        .join(' ');
    },
    locked: '',
    bare: ['', 'the control has none'],
  },
  {
    id: 'limit-core',
    wants: 'leave a copy of its memory',
    stoppedBy: ['rlimits'],
    attempt: (kit) => bounded(kit, 4, 0),
    locked: 'bounded',
    bare: ['unbounded'],
  },
  {
    id: 'limit-file-size',
    wants: 'fill the disk',
    stoppedBy: ['rlimits'],
    attempt: (kit) => bounded(kit, 1, 256 * mebibyte),
    locked: 'bounded',
    bare: ['unbounded'],
  },
  {
    id: 'limit-cpu',
    wants: 'run for ever',
    stoppedBy: ['rlimits'],
    attempt: (kit) => bounded(kit, 0, 7_205),
    locked: 'bounded',
    bare: ['unbounded'],
  },
  {
    id: 'limit-open-files',
    wants: 'hold all descriptors',
    stoppedBy: ['rlimits'],
    attempt: (kit) => bounded(kit, 7, 1024),
    locked: 'bounded',
    bare: ['unbounded'],
  },
  {
    id: 'limit-locked-memory',
    wants: 'hold memory that cannot be paged',
    stoppedBy: ['rlimits'],
    attempt: (kit) => bounded(kit, 8, 0),
    locked: 'bounded',
    bare: ['unbounded'],
  },
  {
    id: 'limit-address-space',
    wants: 'take all memory',
    stoppedBy: ['rlimits'],
    attempt: (kit) => bounded(kit, 9, 4096 * mebibyte),
    locked: 'bounded',
    bare: ['unbounded'],
  },
  {
    id: 'limit-threads',
    wants: 'take all processes of the machine',
    stoppedBy: ['rlimits'],
    attempt: (kit) =>
      (process.getuid?.() ?? 0) < privateUserFirst || bounded(kit, 6, 64) === 'bounded' ? 'bounded where it can be' : 'unbounded',
    locked: 'bounded where it can be',
    bare: ['bounded where it can be', 'the control is a user whom others share'],
  },
  {
    id: 'own-namespaces',
    wants: 'see the processes, the network and the mounts of the machine',
    stoppedBy: ['bubblewrap'],
    attempt: otherNamespaces,
    locked: onlyInMountView(everyNamespace, 'none'),
    early: onlyInMountView(everyNamespace, 'none'),
    bare: ['none'],
  },
  {
    id: 'read-only-mounts',
    wants: 'change what it was given',
    stoppedBy: ['bubblewrap'],
    attempt: readOnlyPlaces,
    locked: 'EPERM',
    early: onlyInMountView('root libraries tree runtime', 'none'),
    bare: ['none'],
  },
  {
    id: 'own-session',
    wants: 'be signalled, or signal, with the terminal of the supervisor',
    stoppedBy: ['launcher', 'bubblewrap'],
    attempt: (kit) => {
      const session = kit.call('getsid', 0);
      return session < 0 ? 'EPERM' : session > 0 && session !== kit.targets.supervisorSession ? 'own' : 'shared';
    },
    locked: 'EPERM',
    early: 'own',
    bare: ['own', 'the control has one'],
  },
  {
    id: 'dies-with-the-supervisor',
    wants: 'outlive its supervisor',
    stoppedBy: ['launcher'],
    attempt: (kit) => {
      const signal = new Uint8Array(4);
      const result = kit.call('prctl', signalAtDeath, signal);
      return result < 0 ? 'EPERM' : `signal ${String(signal[0])}`;
    },
    locked: 'EPERM',
    early: 'signal 9',
    bare: ['signal 0'],
  },
  {
    id: 'personality',
    wants: 'inherit a process without address randomisation',
    stoppedBy: ['launcher'],
    attempt: () => readFileSync('/proc/self/personality', 'utf8').trim(),
    locked: 'EACCES',
    early: { 'bubblewrap+Landlock': 'EACCES', bubblewrap: '00000000', Landlock: 'EACCES' },
    bare: ['00000000', 'the control has the ordinary one'],
  },
];

/** What surrounds the process: answers are compared word for word. */
export const surroundings: readonly Probe[] = rows.map(({ bare, id, ...rest }) => ({
  filling: rest.locked,
  ...rest,
  id: `surroundings/${id}`,
  bare: bare[0],
  ...(bare[1] === undefined ? {} : { bareWhy: bare[1] }),
}));
