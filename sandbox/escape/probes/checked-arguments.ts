import { closeSync, openSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { callNumber } from '../call-numbers.ts';
import { hidden, type CallArgument, type Expected, type Kit, type Layer, type Outcome, type Probe } from '../probe.ts';

type Row = {
  readonly id: string;
  readonly wants: string;
  readonly attempt: (kit: Kit) => unknown;
  readonly locked: Expected;
  readonly early?: Expected;
  readonly filling?: Expected;
  readonly bare?: readonly [Outcome, string];
  readonly stoppedBy?: readonly Layer[];
  readonly residual?: string;
};

const answers = 'the call is reached and answers';
const highBits = 0x1_0000_0000n; // the kernel reads an int argument by its low half; so must the filter
const current = -100; // AT_FDCWD

const call =
  (name: string, ...args: readonly CallArgument[]) =>
  (kit: Kit): number =>
    kit.call(name, ...args);

const withFile =
  (path: (kit: Kit) => string, use: (kit: Kit, descriptor: number) => number) =>
  (kit: Kit): number => {
    const descriptor = openSync(path(kit), 'r');
    try {
      return use(kit, descriptor);
    } finally {
      closeSync(descriptor);
    }
  };
const inTree = (kit: Kit): string => `${kit.targets.tree}/manifest.json`;

const openFlags: readonly (readonly [name: string, flags: number])[] = [
  ['O_WRONLY', 1],
  ['O_RDWR', 2],
  ['O_CREAT', 0o100],
  ['O_TRUNC', 0o1000],
  ['O_APPEND', 0o2000],
];

const files: readonly Row[] = [
  ...openFlags.flatMap(([name, flags]): Row[] => [
    {
      id: `open/openat-${name}`,
      wants: 'write into a file that it may read',
      attempt: (kit) => kit.call('openat', current, `${kit.targets.scratch}/raw`, flags, 0o600),
      locked: 'EROFS',
      filling: hidden,
    },
    {
      id: `open/open-${name}`,
      wants: 'write into a file that it may read',
      attempt: (kit) => kit.call('open', `${kit.targets.scratch}/raw`, flags, 0o600),
      locked: 'EROFS',
    },
  ]),
  {
    id: 'open/O_TMPFILE',
    wants: 'a file without a name, to hold what it has read',
    attempt: (kit) => kit.call('openat', current, kit.targets.scratch, 0o20200000 | 1, 0o600),
    locked: 'EROFS',
    filling: 'EPERM',
  },
  {
    id: 'open/write-flags-with-high-bits',
    wants: 'hide the flags from a filter that compares whole registers',
    attempt: (kit) => kit.call('openat', current, `${kit.targets.scratch}/raw`, highBits | 1n, 0o600),
    locked: 'EROFS',
    filling: hidden,
  },
  {
    id: 'open/openat2',
    wants: 'flags behind a pointer, which a filter cannot read',
    attempt: call('openat2', current, '/', 0, 0),
    locked: 'ENOSYS',
    filling: 'ENOSYS',
    bare: ['EINVAL', answers],
  },
  {
    id: 'open/write-before-stage-2',
    wants: 'write before the last wall closes',
    stoppedBy: ['Landlock', 'bubblewrap'],
    attempt: (kit) => kit.call('openat', current, `${kit.targets.scratch}/raw`, 1, 0),
    locked: 'EROFS',
    early: hidden,
  },
  {
    id: 'open/write-the-tree-before-stage-2',
    wants: 'change the evidence before it is read',
    stoppedBy: ['Landlock', 'bubblewrap'],
    attempt: (kit) => kit.call('openat', current, inTree(kit), 1, 0),
    locked: 'EROFS',
    early: { 'bubblewrap+Landlock': 'EROFS', bubblewrap: 'EROFS', Landlock: 'EACCES' },
  },
];

const mebibyte = 2 ** 20;

/** Only in the unpacker: what it may do in its folder, and what not even there. In the runner the folder does not exist. */
const filling: readonly Row[] = [
  {
    id: 'fill/make-a-file',
    wants: 'nothing: this is what the unpacker is for',
    attempt: (kit) => writeFileSync(`${kit.targets.fill}/made`, 'x'),
    locked: 'EROFS',
    filling: 'ok',
  },
  {
    id: 'fill/file-without-a-name',
    wants: 'a file that nobody can check',
    attempt: (kit) => kit.call('openat', current, kit.targets.fill, 0o20200000 | 1, 0o600),
    locked: 'EROFS',
    filling: 'EPERM',
  },
  {
    id: 'fill/link-out',
    wants: 'a link that leads out for whoever reads the folder',
    attempt: (kit) => kit.call('symlink', '/etc/passwd', `${kit.targets.fill}/link`),
    locked: 'EPERM',
    filling: 'EPERM',
  },
  {
    id: 'fill/hard-link',
    wants: 'a second name for a file',
    attempt: (kit) => kit.call('link', `${kit.targets.fill}/made`, `${kit.targets.fill}/hard`),
    locked: 'EPERM',
    filling: 'EPERM',
  },
  {
    id: 'fill/device',
    wants: 'a device',
    attempt: (kit) => kit.call('mknod', `${kit.targets.fill}/fifo`, 0o10600, 0),
    locked: 'EPERM',
    filling: 'EPERM',
  },
  {
    id: 'fill/set-user-id',
    wants: 'a program that runs as its owner',
    attempt: (kit) => kit.call('chmod', `${kit.targets.fill}/made`, 0o4755),
    locked: 'EPERM',
    filling: 'EPERM',
  },
  {
    id: 'fill/file-past-the-bound',
    wants: 'fill the disk with one file',
    stoppedBy: ['rlimits'],
    attempt: (kit) => {
      const descriptor = openSync(`${kit.targets.fill}/big`, 'w');
      try {
        for (let written = 0; written < 300; written++) writeSync(descriptor, new Uint8Array(mebibyte));
      } finally {
        closeSync(descriptor);
        unlinkSync(`${kit.targets.fill}/big`);
      }
    },
    locked: 'EROFS',
    filling: 'EFBIG',
  },
];

const threads: readonly Row[] = [
  {
    id: 'clone/clone3',
    wants: 'flags behind a pointer, which a filter cannot read',
    attempt: call('clone3', 0, 88),
    locked: 'ENOSYS',
    early: 'ENOSYS',
    filling: 'ENOSYS',
    stoppedBy: ['stage 1', 'stage 2'],
    bare: ['EFAULT', answers],
  },
  {
    id: 'clone/flags-with-high-bits',
    wants: 'hide the flags of a new process',
    attempt: call('clone', highBits | 17n, 0, 0, 0, 0),
    locked: 'EPERM',
    early: 'EPERM',
    filling: 'EPERM',
    stoppedBy: ['stage 1', 'stage 2'],
  },
  {
    id: 'io-uring/io_uring_setup',
    wants: 'let the kernel open files and sockets around the filter',
    attempt: call('io_uring_setup', 8, 0),
    locked: 'ENOSYS',
    early: 'ENOSYS',
    filling: 'ENOSYS',
    stoppedBy: ['stage 1', 'stage 2'],
    bare: ['EFAULT', answers],
  },
];

const memory: readonly Row[] = [
  {
    id: 'mmap/file-executable',
    wants: 'run code that came with the repository',
    attempt: withFile(inTree, (kit, descriptor) => kit.call('mmap', 0, 4096, 5, 2, descriptor, 0)),
    locked: 'EPERM',
  },
  {
    id: 'mmap/file-executable-shared',
    wants: 'run code that came with the repository',
    attempt: withFile(inTree, (kit, descriptor) => kit.call('mmap', 0, 4096, 4, 1, descriptor, 0)),
    locked: 'EPERM',
  },
  {
    id: 'mmap/file-made-executable-afterwards',
    wants: 'run code that came with the repository, mapped for reading first',
    attempt: withFile(inTree, (kit, descriptor) => {
      const place = kit.call('mmap', 0, 4096, 1, 2, descriptor, 0);
      return place < 0 && place > -4096 ? place : kit.call('mprotect', place, 4096, 5);
    }),
    locked: 'ok',
    residual:
      'V8 makes compiled code executable with mprotect: code that already runs can always make more. The other walls are for that code',
  },
  {
    id: 'mmap/anonymous-executable',
    wants: 'pages for code of its own',
    attempt: call('mmap', 0, 4096, 7, 0x22, -1, 0),
    locked: 'ok',
    residual: 'V8 compiles; without it WebAssembly is gone',
  },
];

const control: readonly Row[] = [
  {
    id: 'ioctl/TIOCSTI',
    wants: 'type into the terminal of whoever started it',
    attempt: call('ioctl', 0, 0x5412, 'x'),
    locked: 'EPERM',
    bare: ['ENOTTY', 'the control has no terminal'],
  },
  {
    id: 'ioctl/TIOCSTI-with-high-bits',
    wants: 'type into the terminal, past a filter that compares whole registers',
    attempt: call('ioctl', 0, highBits | 0x5412n, 'x'),
    locked: 'EPERM',
    bare: ['ENOTTY', 'the control has no terminal'],
  },
  {
    id: 'ioctl/TIOCLINUX',
    wants: 'paste into the console',
    attempt: call('ioctl', 0, 0x541c, '\u0003'),
    locked: 'EPERM',
    bare: ['ENOTTY', 'the control has no terminal'],
  },
  {
    id: 'ioctl/FS_IOC_SETFLAGS',
    wants: 'make a file that cannot be removed',
    attempt: call('ioctl', 0, 0x40086602, 0),
    locked: 'EPERM',
    bare: ['EFAULT', answers],
  },
  { id: 'fcntl/F_SETOWN', wants: 'have signals sent to another process', attempt: call('fcntl', 0, 8, 1), locked: 'EPERM' },
  { id: 'fcntl/F_SETLK', wants: 'stop others by a lock', attempt: call('fcntl', 0, 6, 0), locked: 'EPERM', bare: ['EFAULT', answers] },
  { id: 'fcntl/F_NOTIFY', wants: 'watch what others do with their files', attempt: call('fcntl', 0, 1026, 0), locked: 'EPERM' },
  {
    id: 'fcntl/F_SETLEASE',
    wants: 'stop others by a lease',
    attempt: call('fcntl', 0, 1024, 2),
    locked: 'EPERM',
    bare: ['EACCES', 'not of a device'],
  },
  {
    id: 'fcntl/F_SETPIPE_SZ',
    wants: 'hold memory that no limit of ours counts',
    attempt: call('fcntl', 0, 1031, 1 << 20),
    locked: 'EPERM',
    bare: ['EBADF', 'not of a pipe'],
  },
  ...(
    [
      ['PR_SET_PDEATHSIG', 1, 0, 'outlive the supervisor'],
      ['PR_SET_DUMPABLE', 4, 1, 'be traced, and open its own memory'],
      ['PR_SET_KEEPCAPS', 8, 0, 'keep capabilities over a change of user'],
      ['PR_SET_SECCOMP', 22, 2, 'put up a wall of its own'],
      ['PR_CAPBSET_READ', 23, 0, 'learn its bounding set'],
      ['PR_SET_TIMERSLACK', 29, 1, 'time a race'],
      ['PR_SET_MM', 35, 0, 'change what it looks like from outside'],
      ['PR_SET_CHILD_SUBREAPER', 36, 0, 'adopt the processes of others'],
      ['PR_SET_NO_NEW_PRIVS', 38, 0, 'take back a wall'],
      ['PR_CAP_AMBIENT', 47, 1, 'keep capabilities over execve'],
      ['PR_SET_SPECULATION_CTRL', 53, 0, 'turn a mitigation off'],
      ['PR_SET_SYSCALL_USER_DISPATCH', 59, 0, 'reroute its own calls'],
      ['PR_SCHED_CORE', 62, 0, 'share a core with its victim'],
      ['PR_SET_PTRACER', 0x59616d61, 0, 'let another process trace it'],
    ] as const
  ).map(([name, option, value, wants]): Row => ({
    id: `prctl/${name}`,
    wants,
    attempt: call('prctl', option, value, 0, 0, 0),
    locked: 'EPERM',
    ...(
      {
        PR_SET_SECCOMP: { bare: ['EFAULT', answers] },
        PR_SET_MM: { bare: ['EPERM', 'needs a capability that an ordinary user has not'] },
        PR_SET_NO_NEW_PRIVS: { bare: ['EINVAL', answers] },
        PR_SET_SPECULATION_CTRL: { bare: ['ERANGE', answers] },
        PR_SCHED_CORE: { bare: ['EINVAL', answers] },
        PR_SET_PTRACER: { bare: ['EINVAL', 'this kernel has no Yama'] },
      } satisfies Record<string, { bare: readonly [Outcome, string] }>
    )[name as 'PR_SET_MM'],
  })),
  {
    id: 'prctl/option-with-high-bits',
    wants: 'hide the option from a filter that compares whole registers',
    attempt: call('prctl', highBits | 4n, 1, 0, 0, 0),
    locked: 'EPERM',
  },
  {
    id: 'prlimit/of-the-supervisor',
    wants: 'starve the supervisor',
    attempt: (kit) => kit.call('prlimit64', kit.targets.supervisorPid, 7, 0, new Uint8Array(16)),
    locked: 'EPERM',
  },
  { id: 'prlimit/set-own', wants: 'raise its own bounds', attempt: call('prlimit64', 0, 4, new Uint8Array(16), 0), locked: 'EPERM' },
  {
    id: 'prlimit/pointer-in-the-high-half',
    wants: 'a pointer whose low half is zero looks like none',
    attempt: call('prlimit64', 0, 7, highBits, 0),
    locked: 'EPERM',
    bare: ['EFAULT', answers],
  },
];

const unknown: readonly Row[] = [
  {
    id: 'unknown/500',
    wants: 'a call that the kernel will have one day and the profile does not know',
    attempt: (kit) => kit.callNumber(500),
    locked: 'EPERM',
    bare: ['ENOSYS', 'no kernel has it yet'],
  },
  {
    id: 'unknown/negative',
    wants: 'a number that compares as negative',
    attempt: (kit) => kit.callNumber(-1),
    locked: 'SIGSYS',
    early: 'SIGSYS',
    stoppedBy: ['stage 1', 'stage 2'],
    bare: ['ENOSYS', 'no kernel has it'],
  },
  {
    id: 'unknown/number-with-high-bits',
    wants: 'hide the number in a register that is wider than it',
    attempt: (kit) => kit.callNumber(Number(highBits) + callNumber('getpid')),
    locked: 'ok',
    residual: 'the kernel and the filter both read the low half: it is getpid, which is allowed',
  },
];

/** Calls that are allowed with some arguments and refused with others. */
export const checkedArguments: readonly Probe[] = [
  ...files,
  ...filling,
  ...threads,
  ...memory,
  ...[...control, ...unknown].map((row) => ({ filling: row.locked, ...row })),
].map(({ bare, stoppedBy = ['stage 2'], ...rest }) => ({
  ...rest,
  stoppedBy,
  bare: bare?.[0] ?? 'ok',
  ...(bare === undefined ? {} : { bareWhy: bare[1] }),
}));
