/** System calls with one reason. */
export type SyscallGroup = { readonly why: string; readonly calls: readonly string[] };

/** Calls that no analyzer has any business making. They end the process with SIGSYS in both stages: an attempt is an alert, not an error. */
export const attackCalls: readonly SyscallGroup[] = [
  {
    why: 'reach into another process',
    calls: ['ptrace', 'process_vm_readv', 'process_vm_writev', 'process_madvise', 'process_mrelease', 'kcmp'],
  },
  { why: 'hold another process by descriptor', calls: ['pidfd_getfd', 'pidfd_open', 'pidfd_send_signal'] },
  { why: 'kernel programs and counters: large attack surface', calls: ['bpf', 'perf_event_open', 'userfaultfd'] },
  { why: 'work that the kernel does around a filter', calls: ['io_uring_enter', 'io_uring_register'] },
  { why: 'kernel keyrings', calls: ['keyctl', 'add_key', 'request_key'] },
  {
    why: 'change what is mounted',
    calls: [
      'mount',
      'umount2',
      'pivot_root',
      'chroot',
      'move_mount',
      'open_tree',
      'fsopen',
      'fsmount',
      'fsconfig',
      'fspick',
      'mount_setattr',
    ],
  },
  { why: 'new or other namespaces', calls: ['setns', 'unshare'] },
  { why: 'load kernel code', calls: ['kexec_load', 'kexec_file_load', 'init_module', 'finit_module', 'delete_module'] },
  { why: 'open by inode, past every directory permission', calls: ['open_by_handle_at', 'name_to_handle_at'] },
  { why: 'hardware and ports', calls: ['iopl', 'ioperm'] },
  {
    why: 'administer the machine',
    calls: ['swapon', 'swapoff', 'reboot', 'sethostname', 'setdomainname', 'acct', 'quotactl', 'syslog', 'vhangup'],
  },
  { why: 'legacy calls that only exploits use', calls: ['lookup_dcookie', 'personality', 'modify_ldt', 'uselib'] },
  { why: 'memory that our own tools could not inspect', calls: ['memfd_secret'] },
  {
    why: 'become somebody else',
    calls: ['setuid', 'setgid', 'setreuid', 'setregid', 'setresuid', 'setresgid', 'setgroups', 'capset'],
  },
];
