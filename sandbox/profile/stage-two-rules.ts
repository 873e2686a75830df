import { attackCalls, type SyscallGroup } from './attack-calls.ts';
import { rule, type SyscallRule } from './filter-program.ts';

const allowed: readonly SyscallGroup[] = [
  { why: 'read open files', calls: ['read', 'readv', 'pread64', 'preadv', 'lseek', 'close', 'fadvise64'] },
  { why: 'ask about files (contents stay behind Landlock or the mount view)', calls: ['newfstatat', 'fstat', 'stat', 'lstat', 'statx'] },
  { why: 'list folders and resolve names', calls: ['getdents64', 'readlink', 'readlinkat', 'access', 'faccessat', 'faccessat2', 'getcwd'] },
  { why: 'write to descriptors that are already open: the result pipe', calls: ['write', 'writev', 'pwrite64'] },
  {
    why: 'memory of the heap and of compiled code',
    calls: ['mremap', 'munmap', 'madvise', 'brk', 'membarrier', 'pkey_mprotect', 'pkey_alloc', 'pkey_free'],
  },
  { why: 'compiled code changes from writable to executable', calls: ['mprotect'] },
  { why: 'threads wait for each other', calls: ['futex', 'futex_waitv', 'get_robust_list', 'set_robust_list', 'rseq', 'set_tid_address'] },
  {
    why: 'Node 24 aborts when it may not ask for its scheduling',
    calls: ['sched_yield', 'sched_getaffinity', 'sched_getparam', 'sched_getscheduler'],
  },
  {
    why: 'the event loop',
    calls: ['epoll_create1', 'epoll_ctl', 'epoll_pwait', 'epoll_pwait2', 'epoll_wait', 'eventfd2', 'pipe2', 'poll', 'ppoll', 'dup'],
  },
  {
    why: 'signal handlers of our own process',
    calls: ['rt_sigaction', 'rt_sigprocmask', 'rt_sigreturn', 'sigaltstack', 'restart_syscall'],
  },
  { why: 'clocks', calls: ['clock_gettime', 'clock_getres', 'clock_nanosleep', 'nanosleep', 'gettimeofday', 'times'] },
  {
    why: 'who we are; process.ppid is -1 without getppid, which makes a kill of it a kill of everybody',
    calls: ['getpid', 'getppid', 'gettid', 'getuid', 'geteuid', 'getgid', 'getegid', 'capget'],
  },
  { why: 'figures about ourselves and the machine', calls: ['getrusage', 'getrlimit', 'sysinfo', 'uname'] },
  { why: 'randomness', calls: ['getrandom'] },
  { why: 'changes only what we may not create anyway', calls: ['umask'] },
  { why: 'the end', calls: ['exit', 'exit_group'] },
];

const cloneThread = 0x10000;
const cloneNamespaces = 0x7e020000;
const writeFlags = 0x1 | 0x2 | 0x40 | 0x200 | 0x400 | 0x400000; // O_WRONLY O_RDWR O_CREAT O_TRUNC O_APPEND __O_TMPFILE
const namelessFile = 0x400000; // __O_TMPFILE: a file that no name leads to is none that anybody can check
const ioctls = [0x5421, 0x5451, 0x5450, 0x5401, 0x5413, 0x541b]; // FIONBIO FIOCLEX FIONCLEX TCGETS TIOCGWINSZ FIONREAD
const fcntls = [0, 1, 2, 3, 4, 1030]; // F_DUPFD F_GETFD F_SETFD F_GETFL F_SETFL F_DUPFD_CLOEXEC
const prctls = [15, 16, 0x53564d41]; // PR_SET_NAME PR_GET_NAME PR_SET_VMA

const filling: SyscallGroup = {
  why: 'make, rename and remove files and folders (where, is for Landlock and the mount view to say)',
  calls: [
    'mkdir',
    'mkdirat',
    'rename',
    'renameat',
    'renameat2',
    'unlink',
    'unlinkat',
    'rmdir',
    'ftruncate',
    'fallocate',
    'fsync',
    'fdatasync',
  ],
};

/** `read_only`: no file can be opened for writing. `fill_folder`: files and folders may be made where the file walls allow it. */
export type FileMode = 'read_only' | 'fill_folder';

/** Stage 2, put on every thread before the first byte of a customer is read: what is allowed, all else is EPERM. */
export function stageTwoRules(ownPid: number, mode: FileMode): ReadonlyMap<string, SyscallRule> {
  const rules = new Map<string, SyscallRule>();
  for (const { calls } of allowed) for (const name of calls) rules.set(name, rule.allow());
  for (const { calls } of attackCalls) for (const name of calls) rules.set(name, rule.kill());
  rules.set('open', mode === 'read_only' ? rule.without(1, writeFlags, 'EROFS') : rule.without(1, namelessFile, 'EPERM'));
  rules.set('openat', mode === 'read_only' ? rule.without(2, writeFlags, 'EROFS') : rule.without(2, namelessFile, 'EPERM'));
  if (mode === 'fill_folder') for (const name of filling.calls) rules.set(name, rule.allow());
  rules.set('openat2', rule.refuse('ENOSYS')); // its flags are behind a pointer
  rules.set('io_uring_setup', rule.refuse('ENOSYS')); // libuv asks in every loop; EPERM would be an error, ENOSYS a fallback
  rules.set('clone3', rule.refuse('ENOSYS'));
  rules.set('clone', rule.withBits(0, cloneThread, cloneNamespaces)); // worker threads, never processes
  rules.set('mmap', rule.noExecutableFile());
  rules.set('ioctl', rule.oneOf(1, ioctls));
  rules.set('fcntl', rule.oneOf(1, fcntls));
  rules.set('prctl', rule.oneOf(0, prctls));
  rules.set('prlimit64', rule.ownLimitsReadOnly());
  rules.set('kill', rule.oneOf(0, [ownPid]));
  rules.set('tgkill', rule.oneOf(0, [ownPid])); // abort() signals its own thread
  return rules;
}
