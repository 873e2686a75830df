import { hidden, type CallArgument, type Expected, type Kit, type Layer, type Outcome, type Probe } from '../probe.ts';

type Row = {
  readonly name: string;
  readonly args: readonly CallArgument[] | ((kit: Kit) => readonly CallArgument[]);
  /** How the call answers where no wall stands, and why that is no success. */
  readonly bare?: readonly [outcome: Outcome, why: string];
  /** In the unpacker, where it is not refused by the filter: by which file wall, then. */
  readonly filling?: Expected;
  /** Behind stage 1, where that leaves it to a file wall. */
  readonly early?: Expected;
  /** Takes away what the call has made where no wall stood: it would outlive the control run. */
  readonly undo?: (kit: Kit, made: number) => void;
  /** What tells two probes of one call apart. */
  readonly as?: string;
};

const answers = 'the call is reached and answers';
const badAddress = ['EFAULT', answers] as const;
const badValue = ['EINVAL', answers] as const;
const badDescriptor = ['EBADF', answers] as const;
const noSocket = ['ENOTSOCK', answers] as const;
const absent = ['ENOENT', answers] as const;
const privileged = () => ['EPERM', 'needs a capability that an ordinary user has not'] as const;

// the mount view is read-only; Landlock looks for the file first
const outsideTheFolder: Expected = { 'bubblewrap+Landlock': 'EROFS', bubblewrap: 'EROFS', Landlock: 'ENOENT' };

const removeObject = 0; // IPC_RMID
const row = (name: string, args: Row['args'] = [], bare?: Row['bare']): Row => ({ name, args, ...(bare === undefined ? {} : { bare }) });
const socketFamilies = [1, 2, 10, 16, 17, 38, 40, 44] as const; // UNIX INET INET6 NETLINK PACKET ALG VSOCK XDP
const datagram = 2;

/** Refused by stage 1 already, so that nothing of it can be prepared before stage 2. */
const fromStageOne: Readonly<Record<string, { readonly wants: string; readonly rows: readonly Row[] }>> = {
  network: {
    wants: 'send what it has read to somebody',
    rows: [
      ...socketFamilies.map((family): Row => ({
        name: 'socket',
        as: `socket-${String(family)}`,
        args: [family, family === 16 || family === 17 ? 3 : family === 38 ? 5 : family === 40 || family === 2 ? 1 : datagram, 0],
        ...(family === 17 || family === 44
          ? { bare: privileged() }
          : family === 38
            ? { bare: ['EAFNOSUPPORT', 'this kernel was built without it'] as const }
            : {}),
      })),
      row('socketpair', [1, 1, 0, new Uint8Array(8)]),
      row('connect', [0, new Uint8Array(16), 16], noSocket),
      row('bind', [0, new Uint8Array(16), 16], noSocket),
      row('listen', [0, 1], noSocket),
      row('accept', [0, 0, 0], noSocket),
      row('accept4', [0, 0, 0, 0], noSocket),
      row('sendto', [0, 'x', 1, 0, 0, 0], noSocket),
      row('sendmsg', [0, new Uint8Array(56), 0], noSocket),
      row('sendmmsg', [0, new Uint8Array(64), 1, 0], noSocket),
      row('recvfrom', [0, new Uint8Array(1), 1, 0, 0, 0], noSocket),
      row('recvmsg', [0, new Uint8Array(56), 0], noSocket),
      row('recvmmsg', [0, new Uint8Array(64), 1, 0, 0], noSocket),
    ],
  },
  channels: {
    wants: 'leave something for, or take it from, another run',
    rows: [
      { ...row('shmget', [0, 4096, 0o1600]), undo: (kit, id) => void kit.call('shmctl', id, removeObject, 0) },
      row('shmat', (kit) => [kit.targets.sharedSegment, 0, 0o10000]),
      { ...row('msgget', [0, 0o600]), undo: (kit, id) => void kit.call('msgctl', id, removeObject, 0) },
      { ...row('semget', [0, 1, 0o600]), undo: (kit, id) => void kit.call('semctl', id, 0, removeObject) },
      row('mq_open', ['aegis-absent', 0, 0, 0], absent),
    ],
  },
  watch: {
    wants: 'watch what others do with their files',
    rows: [row('inotify_init'), row('inotify_init1', [0]), row('fanotify_init', [0x200, 0])],
  },
  'new-code': {
    wants: 'run a program that no scanner of files ever sees',
    rows: [row('memfd_create', ['probe', 0]), row('execveat', [-100, '/nonexistent', 0, 0, 0], absent)],
  },
  'new-process': {
    wants: 'outlive the run in a process of its own',
    rows: [
      row('fork'),
      row('vfork'),
      { ...row('clone', [17, 0, 0, 0, 0]), as: 'clone-process' },
      { ...row('clone', [0x10000000 | 17, 0, 0, 0, 0]), as: 'clone-process-in-new-user-namespace' },
      { ...row('clone', [0x00010000 | 0x10000000, 0, 0, 0, 0], badValue), as: 'clone-thread-in-new-user-namespace' },
      ...(
        [
          ['mount', 0x00020000],
          ['cgroup', 0x02000000],
          ['uts', 0x04000000],
          ['ipc', 0x08000000],
          ['pid', 0x20000000],
          ['network', 0x40000000],
        ] as const
      ).map(([kind, flag]): Row => ({
        name: 'clone',
        as: `clone-thread-in-new-${kind}-namespace`,
        args: [0x10000 | flag, 0, 0, 0, 0],
        bare: badValue,
      })),
    ],
  },
  'file-rights': {
    wants: 'change who may read what',
    rows: [
      row('chmod', (kit) => [`${kit.targets.scratch}/raw`, 0o666]),
      row('fchmod', [-1, 0o666], badDescriptor),
      row('fchmodat', (kit) => [-100, `${kit.targets.scratch}/raw`, 0o666]),
      row('fchmodat2', (kit) => [-100, `${kit.targets.scratch}/raw`, 0o666, 0]),
      row('chown', (kit) => [`${kit.targets.scratch}/raw`, -1, -1]),
      row('fchown', [-1, -1, -1], badDescriptor),
      row('lchown', (kit) => [`${kit.targets.scratch}/raw`, -1, -1]),
      row('fchownat', (kit) => [-100, `${kit.targets.scratch}/raw`, -1, -1, 0]),
      row('setxattr', ['/nonexistent', 'user.x', 'x', 1, 0], absent),
      row('lsetxattr', ['/nonexistent', 'user.x', 'x', 1, 0], absent),
      row('fsetxattr', [-1, 'user.x', 'x', 1, 0], badDescriptor),
      row('utimensat', (kit) => [-100, `${kit.targets.scratch}/raw`, 0, 0]),
    ],
  },
  'new-names': {
    wants: 'make a link or a device that leads out',
    rows: [
      row('symlink', (kit) => ['/etc/passwd', `${kit.targets.scratch}/raw-symlink`]),
      row('symlinkat', (kit) => ['/etc/passwd', -100, `${kit.targets.scratch}/raw-symlinkat`]),
      row('link', (kit) => [`${kit.targets.scratch}/raw`, `${kit.targets.scratch}/raw-link`]),
      row('linkat', (kit) => [-100, `${kit.targets.scratch}/raw`, -100, `${kit.targets.scratch}/raw-linkat`, 0]),
      row('mknod', (kit) => [`${kit.targets.scratch}/raw-fifo`, 0o10600, 0]),
      row('mknodat', (kit) => [-100, `${kit.targets.scratch}/raw-fifo-at`, 0o10600, 0]),
    ],
  },
  signals: {
    wants: 'hide from a signal, or time a race',
    rows: [row('signalfd4', [-1, new Uint8Array(8), 8, 0]), row('timer_create', [1, 0, new Uint8Array(8)])],
  },
};

/** Refused by the default of stage 2 alone: Node needs them to start. */
const fromStageTwo: typeof fromStageOne = {
  execute: {
    wants: 'become another program',
    rows: [
      row('execve', ['/nonexistent', 0, 0], absent),
      {
        ...row('execve', (kit) => [`${kit.targets.scratch}/program`, 0, 0], [
          'ENOEXEC',
          'it is a file of one letter: the call is reached and answers',
        ]),
        as: 'execve-before-stage-2',
        early: hidden,
      },
    ],
  },
  signal: {
    wants: 'end or stop another process',
    rows: [
      { ...row('kill', (kit) => [kit.targets.supervisorPid, 0]), as: 'kill-supervisor' },
      { ...row('kill', [0, 0]), as: 'kill-own-group' },
      { ...row('kill', [1, 0]), as: 'kill-init', bare: privileged() },
      { ...row('kill', [-1, 0]), as: 'kill-everybody' },
      { ...row('tgkill', (kit) => [kit.targets.supervisorPid, kit.targets.supervisorPid, 0]), as: 'tgkill-supervisor' },
      row('tkill', (kit) => [kit.targets.supervisorPid, 0]),
      row('rt_sigqueueinfo', [process.pid, 0, new Uint8Array(128)]),
      row('rt_tgsigqueueinfo', [process.pid, process.pid, 0, new Uint8Array(128)]),
    ],
  },
  scheduling: {
    wants: 'take more of the machine than its share, or leave its group',
    rows: [
      row('setpriority', [0, 0, 5]),
      row('sched_setaffinity', [0, 8, new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0])]),
      row('sched_setscheduler', [0, 3, new Uint8Array(4)]),
      row('sched_setparam', [0, new Uint8Array(4)]),
      row('sched_setattr', [0, 0, 0], badValue),
      row('ioprio_set', [1, 0, (2 << 13) | 4]),
      row('setsid'),
      row('setpgid', [0, 0], ['EPERM', 'the control leads its own group']),
      row('setrlimit', [4, new Uint8Array(16)]),
    ],
  },
  'own-walls': {
    wants: 'put up a wall of its own, to hide from or to answer for the kernel',
    rows: [
      row('seccomp', [1, 0, 0], badAddress),
      row('landlock_create_ruleset', [0, 0, 1]),
      row('landlock_add_rule', [-1, 1, 0, 0], badDescriptor),
      row('arch_prctl', [0x1003, new Uint8Array(8)]),
      row('map_shadow_stack', [0, 0, 0], ['EOPNOTSUPP', answers]),
      row('lsm_set_self_attr', [0, 0, 0, 0], badValue),
    ],
  },
  'around-the-filter': {
    wants: 'let the kernel move bytes or open files in its name',
    rows: [
      row('io_setup', [1, new Uint8Array(8)]),
      row('splice', [-1, 0, -1, 0, 1, 0], badDescriptor),
      row('tee', [-1, -1, 1, 0], badDescriptor),
      row('vmsplice', [-1, new Uint8Array(16), 1, 0], badDescriptor),
      row('timerfd_create', [1, 0]),
      row('remap_file_pages', [0, 0, 0, 0, 0], badValue),
      row('statmount', [0, 0, 0, 0], badAddress),
      row('listmount', [0, 0, 0, 0], badAddress),
      row('chdir', ['/']),
      row('fchdir', [-1], badDescriptor),
      row('sysfs', [3]),
      row('ustat', [0, 0], badValue),
      row('adjtimex', [new Uint8Array(208)]),
      row('flock', [0, 8]),
      row('munlock', [0, 0]),
      row('wait4', [-1, 0, 1, 0]),
    ],
  },
  'write-by-path': {
    wants: 'leave something behind for the next run',
    rows: [
      row('creat', (kit) => [`${kit.targets.scratch}/raw-creat`, 0o600]),
      { ...row('mkdir', (kit) => [`${kit.targets.scratch}/raw-mkdir`, 0o700]), filling: hidden },
      { ...row('mkdirat', (kit) => [-100, `${kit.targets.scratch}/raw-mkdirat`, 0o700]), filling: hidden },
      { ...row('rename', ['/nonexistent', '/nonexistent2'], absent), filling: outsideTheFolder },
      { ...row('renameat', [-100, '/nonexistent', -100, '/nonexistent2'], absent), filling: outsideTheFolder },
      { ...row('renameat2', [-100, '/nonexistent', -100, '/nonexistent2', 0], absent), filling: outsideTheFolder },
      { ...row('unlink', ['/nonexistent'], absent), filling: outsideTheFolder },
      { ...row('unlinkat', [-100, '/nonexistent', 0], absent), filling: outsideTheFolder },
      { ...row('rmdir', ['/nonexistent'], absent), filling: outsideTheFolder },
      row('truncate', (kit) => [`${kit.targets.scratch}/raw`, 0]),
      { ...row('ftruncate', [-1, 0], badDescriptor), filling: 'EBADF' },
      { ...row('fallocate', [-1, 0, 0, 1], badDescriptor), filling: 'EBADF' },
      row('copy_file_range', [-1, 0, -1, 0, 1, 0], badDescriptor),
      row('sendfile', [-1, -1, 0, 1], badDescriptor),
      row('utime', (kit) => [`${kit.targets.scratch}/raw`, 0]),
      row('setxattrat', [-1, '', 0, '', 0, 0], badValue),
      row('file_setattr', [-1, '', 0, 0, 0], badValue),
      row('open_tree_attr', [-1, '', 0, 0, 0], badDescriptor),
    ],
  },
};

const probesOf = (families: typeof fromStageOne, stoppedBy: readonly Layer[]): readonly Probe[] =>
  Object.entries(families).flatMap(([family, { wants, rows }]) =>
    rows.map(({ name, args, bare, as, early, undo, filling = 'EPERM' }) => ({
      id: `${family}/${as ?? name}`,
      wants,
      call: name,
      stoppedBy,
      attempt: (kit) => {
        const result = kit.call(name, ...(typeof args === 'function' ? args(kit) : args));
        if (result >= 0) undo?.(kit, result);
        return result;
      },
      locked: 'EPERM',
      filling,
      ...(early === undefined ? (stoppedBy.includes('stage 1') ? { early: 'EPERM' } : {}) : { early }),
      bare: bare?.[0] ?? 'ok',
      ...(bare === undefined ? {} : { bareWhy: bare[1] }),
    })),
  );

/** Calls that hostile code may try and ordinary code may try by mistake: refused with EPERM, no alert. */
export const refusedCalls: readonly Probe[] = [...probesOf(fromStageOne, ['stage 1', 'stage 2']), ...probesOf(fromStageTwo, ['stage 2'])];
