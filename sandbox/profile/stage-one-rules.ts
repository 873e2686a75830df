import { attackCalls, type SyscallGroup } from './attack-calls.ts';
import { rule, type SyscallRule } from './filter-program.ts';

const cloneThread = 0x10000; // CLONE_THREAD: a thread of ours, not a new process
const cloneNamespaces = 0x7e020000; // every CLONE_NEW*

const refused: readonly SyscallGroup[] = [
  {
    why: 'no network and no local sockets, whatever the file system would allow',
    calls: [
      'socket',
      'socketpair',
      'connect',
      'bind',
      'listen',
      'accept',
      'accept4',
      'sendto',
      'sendmsg',
      'sendmmsg',
      'recvfrom',
      'recvmsg',
      'recvmmsg',
    ],
  },
  { why: 'System V and POSIX channels to other processes', calls: ['shmget', 'shmat', 'msgget', 'semget', 'mq_open'] },
  { why: 'watch files of others', calls: ['inotify_init', 'inotify_init1', 'fanotify_init'] },
  { why: 'run code that is in no file', calls: ['memfd_create', 'execveat'] },
  { why: 'new processes: the analyzer is one', calls: ['fork', 'vfork'] },
  {
    why: 'change who may read what',
    calls: [
      'chmod',
      'fchmod',
      'fchmodat',
      'fchmodat2',
      'chown',
      'fchown',
      'lchown',
      'fchownat',
      'setxattr',
      'lsetxattr',
      'fsetxattr',
      'utimensat',
    ],
  },
  { why: 'new names for old files, and devices', calls: ['symlink', 'symlinkat', 'link', 'linkat', 'mknod', 'mknodat'] },
  { why: 'signals and timers that Node does not use', calls: ['signalfd4', 'timer_create'] },
];

/**
 * Stage 1, put in place by the launcher and inherited through execve: a list of what is refused, because Node still has to start.
 * io_uring answers ENOSYS from here on: a ring opened now would act around the filter of stage 2.
 */
export function stageOneRules(): ReadonlyMap<string, SyscallRule> {
  const rules = new Map<string, SyscallRule>();
  for (const { calls } of attackCalls) for (const name of calls) rules.set(name, rule.kill());
  for (const { calls } of refused) for (const name of calls) rules.set(name, rule.refuse('EPERM'));
  rules.set('io_uring_setup', rule.refuse('ENOSYS'));
  rules.set('clone3', rule.refuse('ENOSYS')); // its flags are behind a pointer; glibc falls back to clone, whose flags can be read
  rules.set('clone', rule.withBits(0, cloneThread, cloneNamespaces));
  return rules;
}
