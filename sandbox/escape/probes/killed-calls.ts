import type { CallArgument, Kit, Outcome, Probe } from '../probe.ts';

type Row = readonly [name: string, args: readonly CallArgument[] | ((kit: Kit) => readonly CallArgument[]), bare?: Outcome, why?: string];

const privileged = 'needs a capability that an ordinary user has not';
const badDescriptor = 'the descriptor is none: the call is reached and answers';
const badAddress = 'the address is none: the call is reached and answers';
const notBuilt = 'this kernel was built without it';

/** What each family would give to an attacker. An attempt ends the process with SIGSYS, in both stages. */
const families: Readonly<Record<string, { readonly wants: string; readonly rows: readonly Row[] }>> = {
  'other-process': {
    wants: 'read and change the memory of another process',
    rows: [
      // to attach to nobody: a process that asks to be traced stops at its next signal, in the control run and where a mutant lets it
      ['ptrace', [16, -1], 'ESRCH', 'there is no such process: the call is reached and answers'],
      ['process_vm_readv', ({ targets }) => [targets.supervisorPid]],
      ['process_vm_writev', ({ targets }) => [targets.supervisorPid]],
      ['process_madvise', [-1], 'EBADF', badDescriptor],
      ['process_mrelease', [-1], 'EBADF', badDescriptor],
      ['kcmp', [process.pid, process.pid, 1]],
    ],
  },
  pidfd: {
    wants: 'take descriptors out of another process, or signal it by descriptor',
    rows: [
      ['pidfd_open', [process.pid]],
      ['pidfd_getfd', [-1, 0, 0], 'EBADF', badDescriptor],
      ['pidfd_send_signal', [-1, 0, 0, 0], 'EBADF', badDescriptor],
    ],
  },
  'kernel-programs': {
    wants: 'run a program in the kernel, or stall it in a page fault',
    rows: [
      ['bpf', [0, -1, 8], 'EFAULT', badAddress],
      ['perf_event_open', [-1, 0, -1, -1], 'EFAULT', badAddress],
      ['userfaultfd', [1]],
    ],
  },
  'io-uring': {
    wants: 'let the kernel open files and sockets around the filter',
    rows: [
      ['io_uring_enter', [-1, 0, 0, 0], 'EBADF', badDescriptor],
      ['io_uring_register', [-1, 0, 0, 0], 'EINVAL', badDescriptor],
    ],
  },
  keyring: {
    wants: 'read keys that other programs of the user left in the kernel',
    rows: [
      ['keyctl', [0, -3, 0]],
      ['add_key', ['user', 'aegis-probe', 'x', 1, -2]],
      ['request_key', ['user', 'aegis-absent', 0, 0], 'ENOKEY', 'there is no such key: the call is reached and answers'],
    ],
  },
  mount: {
    wants: 'change what the file system looks like',
    rows: [
      ['mount', ['none', '/nonexistent', 'tmpfs', 0, 0], 'ENOENT', badAddress],
      ['umount2', ['/nonexistent', 0], 'ENOENT', badAddress],
      ['pivot_root', ['/', '/'], 'EPERM', privileged],
      ['chroot', ['/'], 'EPERM', privileged],
      ['move_mount', [-1, '', -1, '', 0], 'EPERM', privileged],
      ['open_tree', [-100, '/', 0]],
      ['fsopen', ['tmpfs', 0], 'EPERM', privileged],
      ['fsmount', [-1, 0, 0], 'EPERM', privileged],
      ['fsconfig', [-1, 0, 0, 0, 0], 'EINVAL', badDescriptor],
      ['fspick', [-100, '/', 0], 'EPERM', privileged],
      ['mount_setattr', [-1, '', 0, 0, 0], 'EINVAL', badDescriptor],
    ],
  },
  namespace: {
    wants: 'become root of a namespace of its own, or enter another',
    rows: [
      ['unshare', [0x10000000], 'EINVAL', 'only of a process with one thread'],
      ['setns', [-1, 0], 'EBADF', badDescriptor],
    ],
  },
  'kernel-code': {
    wants: 'load code into the kernel, or another kernel',
    rows: [
      ['init_module', [0, 0, ''], 'EPERM', privileged],
      ['finit_module', [-1, '', 0], 'EPERM', privileged],
      ['delete_module', ['aegis_absent', 0], 'EPERM', privileged],
      ['kexec_load', [0, 0, 0, 0], 'EPERM', privileged],
      ['kexec_file_load', [-1, -1, 0, '', 0], 'EPERM', privileged],
    ],
  },
  handle: {
    wants: 'open a file by its inode, past every folder above it',
    rows: [
      ['name_to_handle_at', [-100, '/', new Uint8Array(136), new Uint8Array(4), 0], 'EOVERFLOW', 'the buffer is short: the call answers'],
      ['open_by_handle_at', [-100, new Uint8Array(136), 0], 'EPERM', privileged],
    ],
  },
  hardware: {
    wants: 'reach the ports of devices',
    rows: [
      ['iopl', [0], 'ENOSYS', notBuilt],
      ['ioperm', [0, 1, 0], 'ENOSYS', notBuilt],
    ],
  },
  machine: {
    wants: 'administer the machine',
    rows: [
      ['swapon', ['/nonexistent', 0], 'EPERM', privileged],
      ['swapoff', ['/nonexistent'], 'EPERM', privileged],
      ['reboot', [0, 0, 0], 'EPERM', privileged],
      ['sethostname', ['probe', 5], 'EPERM', privileged],
      ['setdomainname', ['probe', 5], 'EPERM', privileged],
      ['acct', ['/nonexistent'], 'EPERM', privileged],
      ['quotactl', [0, 0, 0, 0], 'EPERM', privileged],
      ['syslog', [8, 0, 0], 'EPERM', privileged],
      ['vhangup', [], 'EPERM', privileged],
    ],
  },
  legacy: {
    wants: 'turn address randomisation off, or use what only exploits use',
    rows: [
      ['personality', [0xffffffff]],
      ['modify_ldt', [0, new Uint8Array(16), 16]],
      ['lookup_dcookie', [0, 0, 0], 'ENOSYS', notBuilt],
      ['uselib', ['/nonexistent'], 'ENOSYS', notBuilt],
    ],
  },
  'secret-memory': { wants: 'hide what it holds from our own tools', rows: [['memfd_secret', [0]]] },
  identity: {
    wants: 'become somebody else',
    rows: [
      ['setuid', [0], 'EPERM', privileged],
      ['setgid', [0], 'EPERM', privileged],
      ['setreuid', [0, 0], 'EPERM', privileged],
      ['setregid', [0, 0], 'EPERM', privileged],
      ['setresuid', [0, 0, 0], 'EPERM', privileged],
      ['setresgid', [0, 0, 0], 'EPERM', privileged],
      ['setgroups', [0, 0], 'EPERM', privileged],
      ['capset', [0, 0], 'EFAULT', badAddress],
    ],
  },
};

/** Calls that no analyzer has any business making: the attempt itself is an alert. */
export const killedCalls: readonly Probe[] = Object.entries(families).flatMap(([family, { wants, rows }]) =>
  rows.map(([name, args, bare = 'ok', why]) => ({
    id: `${family}/${name}`,
    wants,
    call: name,
    stoppedBy: ['stage 1', 'stage 2'],
    attempt: (kit) => kit.call(name, ...(typeof args === 'function' ? args(kit) : args)),
    locked: 'SIGSYS',
    early: 'SIGSYS',
    filling: 'SIGSYS',
    bare,
    ...(why === undefined ? {} : { bareWhy: why }),
  })),
);
