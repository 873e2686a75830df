import { bubblewrapOnly, landlockOnly, stageOneWithout, stageTwoAllowing, type Edit, type Mutant } from './mutant.ts';

type Guard = Pick<Mutant, 'id' | 'edits' | 'probe' | 'expected'> & Partial<Mutant>;
const guard = (given: Guard): Mutant => ({ without: [], host: landlockOnly, phase: 'locked', short: true, ...given });

const filterFile = 'sandbox/profile/filter-program.ts';
const stageOneFile = 'sandbox/profile/stage-one-rules.ts';
const stageTwoFile = 'sandbox/profile/stage-two-rules.ts';
const lockFile = 'sandbox/lockdown/lock-down.ts';
const selfTestFile = 'sandbox/lockdown/self-test.ts';
const descriptorsFile = 'sandbox/lockdown/unexpected-descriptors.ts';
const edit = (file: string, from: string, to: string): Edit => ({ file, from, to });

const noRingCheck = edit(lockFile, 'seccompStage1: ringRefused && before', 'seccompStage1: (ringRefused || true) && before');
const noRingRule = stageOneWithout('io_uring_setup');
const noThreadBit = (file: string): Edit => edit(file, 'const cloneThread = 0x10000;', 'const cloneThread = 0;');
const noNamespaceBits = (file: string): Edit => edit(file, 'const cloneNamespaces = 0x7e020000;', 'const cloneNamespaces = 0;');

const argumentChecks: readonly Mutant[] = [
  guard({
    id: 'stage 1: clone makes processes',
    edits: [noThreadBit(stageOneFile)],
    phase: 'early',
    probe: 'new-process/clone-process',
    expected: 'EPERM',
  }),
  guard({
    id: 'stage 2: clone makes processes',
    refusedFor: 'start a process: succeeded',
    edits: [noThreadBit(stageTwoFile)],
    without: [stageOneWithout('clone')],
    probe: 'new-process/clone-process',
    expected: 'EPERM',
  }),
  guard({
    id: 'stage 1: clone makes namespaces',
    edits: [noNamespaceBits(stageOneFile)],
    phase: 'early',
    probe: 'new-process/clone-thread-in-new-user-namespace',
    expected: 'EPERM',
  }),
  guard({
    id: 'stage 2: clone makes namespaces',
    edits: [noNamespaceBits(stageTwoFile)],
    without: [stageOneWithout('clone')],
    probe: 'new-process/clone-thread-in-new-user-namespace',
    expected: 'EPERM',
  }),
  guard({ id: 'stage 1: clone3', edits: [stageOneWithout('clone3')], phase: 'early', probe: 'clone/clone3', expected: 'ENOSYS' }),
  guard({
    id: 'stage 2: clone3',
    edits: [stageTwoAllowing('clone3')],
    without: [stageOneWithout('clone3')],
    probe: 'clone/clone3',
    expected: 'ENOSYS',
  }),
  guard({ id: 'stage 1: io_uring_setup', edits: [noRingRule], phase: 'early', probe: 'io-uring/io_uring_setup', expected: 'ENOSYS' }),
  guard({
    id: 'stage 2: io_uring_setup',
    refusedFor: 'set up a ring',
    edits: [stageTwoAllowing('io_uring_setup')],
    without: [noRingRule, noRingCheck, edit(descriptorsFile, 'io_uring|', '')],
    probe: 'io-uring/io_uring_setup',
    expected: 'ENOSYS',
  }),
  guard({ id: 'mmap of files for running', edits: [stageTwoAllowing('mmap')], probe: 'mmap/file-executable', expected: 'EPERM' }),
  guard({ id: 'any ioctl', edits: [stageTwoAllowing('ioctl')], probe: 'ioctl/TIOCSTI', expected: 'EPERM' }),
  guard({ id: 'any fcntl', edits: [stageTwoAllowing('fcntl')], probe: 'fcntl/F_SETOWN', expected: 'EPERM' }),
  guard({ id: 'any prctl', edits: [stageTwoAllowing('prctl')], probe: 'prctl/PR_SET_DUMPABLE', expected: 'EPERM' }),
  guard({ id: 'any prlimit64', edits: [stageTwoAllowing('prlimit64')], probe: 'prlimit/set-own', expected: 'EPERM' }),
  guard({
    id: 'prlimit64 of others',
    edits: [edit(filterFile, "    load(lowHalf(0)),\n    jumpEqual(0, 1, 0),\n    errno('EPERM'),\n", '')],
    probe: 'prlimit/of-the-supervisor',
    expected: 'EPERM',
  }),
  guard({
    id: 'prlimit64 with half a pointer',
    edits: [edit(filterFile, "    load(highHalf(2)),\n    jumpEqual(0, 1, 0),\n    errno('EPERM'),\n", '')],
    probe: 'prlimit/pointer-in-the-high-half',
    expected: 'EPERM',
  }),
  guard({ id: 'any kill', edits: [stageTwoAllowing('kill')], host: bubblewrapOnly, probe: 'signal/kill-own-group', expected: 'EPERM' }),
  guard({
    id: 'any tgkill',
    edits: [stageTwoAllowing('tgkill')],
    host: bubblewrapOnly,
    probe: 'signal/tgkill-supervisor',
    expected: 'EPERM',
  }),
  guard({
    id: 'openat with any flags',
    refusedFor: 'write into the tree',
    edits: [stageTwoAllowing('openat')],
    probe: 'open/openat-O_WRONLY',
    expected: 'EROFS',
  }),
  guard({ id: 'open with any flags', edits: [stageTwoAllowing('open')], probe: 'open/open-O_WRONLY', expected: 'EROFS' }),
  guard({ id: 'openat2', edits: [stageTwoAllowing('openat2')], probe: 'open/openat2', expected: 'ENOSYS' }),
  ...(
    [
      ['0x1 | 0x2', '0x2', 'O_WRONLY'],
      ['0x2 | 0x40', '0x40', 'O_RDWR'],
      ['0x40 | 0x200', '0x200', 'O_CREAT'],
      ['0x200 | 0x400', '0x400', 'O_TRUNC'],
      ['0x400 | 0x400000', '0x400000', 'O_APPEND'],
    ] as const
  ).map(([from, to, flag]) =>
    guard({
      id: `open with ${flag}`,
      edits: [edit(stageTwoFile, from, to)],
      probe: `open/openat-${flag}`,
      expected: 'EROFS',
      short: flag === 'O_CREAT',
    }),
  ),
  guard({
    id: 'open with __O_TMPFILE, in the runner',
    edits: [edit(stageTwoFile, ' | 0x400000;', ';')],
    probe: 'open/O_TMPFILE',
    expected: 'EROFS',
    short: false,
    equivalent: 'the kernel takes this flag only together with O_WRONLY or O_RDWR, which are refused',
  }),
  guard({
    id: 'open with __O_TMPFILE, in the unpacker',
    edits: [edit(stageTwoFile, 'const namelessFile = 0x400000;', 'const namelessFile = 0;')],
    phase: 'filling',
    probe: 'open/O_TMPFILE',
    expected: 'EPERM',
  }),
];

const wholeFilter: readonly Mutant[] = [
  guard({
    id: 'foreign architectures',
    edits: [
      edit(
        filterFile,
        'jumpEqual(auditArchitectures[architecture], 1, 0), answer(returnKill)',
        'jumpEqual(auditArchitectures[architecture], 1, 0), answer(returnAllow)',
      ),
    ],
    probe: 'entry/int80-getpid',
    expected: 'SIGSYS',
  }),
  guard({
    id: 'x32 entries',
    edits: [edit(filterFile, "if (architecture === 'x64') program", 'if (false) program')],
    probe: 'entry/x32-getpid',
    expected: 'SIGSYS',
  }),
  guard({
    id: 'the default of stage 2',
    edits: [edit(lockFile, 'otherwise.refuse', 'otherwise.allow')],
    probe: 'unknown/500',
    expected: 'EPERM',
  }),
  guard({
    id: 'kill is an errno',
    edits: [edit(filterFile, 'const returnKill = 0x80000000;', 'const returnKill = 0x00050001;')],
    probe: 'other-process/ptrace',
    expected: 'SIGSYS',
  }),
  guard({
    id: 'stage 2 on one thread',
    refusedFor: 'write into the tree',
    edits: [edit('sandbox/native/lockdown.c', 'SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC', 'SECCOMP_SET_MODE_FILTER, 0')],
    probe: 'file/write-pool',
    expected: 'EROFS',
  }),
  guard({
    id: 'stage 2 at all',
    refusedFor: 'seccomp stage 2',
    edits: [edit(lockFile, 'demand(native.installFilter(', 'if (false) demand(native.installFilter(')],
    probe: 'open/openat-O_WRONLY',
    expected: 'EROFS',
  }),
  guard({
    id: 'stage 1 at all',
    refusedFor: 'seccomp stage 1',
    edits: [edit('sandbox/native/launch.c', '  install_filter(length);\n', '  (void)length;\n  (void)install_filter;\n')],
    phase: 'locked',
    probe: 'surroundings/user',
    expected: 'not root',
  }),
  guard({
    id: 'undumpable',
    edits: [edit(lockFile, "  demand(native.setUndumpable(), 'PR_SET_DUMPABLE'); // execve has reset it\n", '')],
    host: bubblewrapOnly,
    probe: 'file/proc-self-environ',
    expected: 'EACCES',
  }),
];

const noDescriptorCheck = edit(
  descriptorsFile,
  "  return readdirSync('/proc/self/fd').flatMap((name) => {",
  "  return readdirSync('/proc/self/fd').slice(0, 0).flatMap((name) => {",
);
const keepsDescriptors = edit('sandbox/native/launch.c', '  close_the_rest();\n  set', '  (void)close_the_rest;\n  set');
const noLandlock = edit(
  'sandbox/native/launch.c',
  '  must(call2(__NR_landlock_restrict_self, ruleset, 0), "landlock_restrict_self");\n',
  '',
);
const withoutProbe = (line: string): Edit => edit(selfTestFile, line, '');

const descriptorsAndSelfTest: readonly Mutant[] = [
  guard({
    id: 'descriptors are left open',
    refusedFor: 'clean descriptors',
    edits: [keepsDescriptors],
    probe: 'surroundings/descriptors',
    expected: 'none',
  }),
  guard({
    id: 'descriptors are not looked at',
    edits: [noDescriptorCheck],
    without: [keepsDescriptors],
    probe: 'surroundings/descriptors',
    expected: 'refused',
  }),
  guard({
    id: 'self-test: ring',
    edits: [withoutProbe("    { name: 'set up a ring', attempt: () => named(native.tryRing()), walls: ['ENOSYS'] },\n")],
    without: [noRingRule, noRingCheck, edit(descriptorsFile, 'io_uring|', ''), stageTwoAllowing('io_uring_setup')],
    probe: 'surroundings/user',
    expected: 'refused',
  }),
  guard({
    id: 'self-test: socket',
    edits: [withoutProbe("    { name: 'make a socket', attempt: () => named(native.trySocket()), walls: ['EPERM'] },\n")],
    without: [stageOneWithout('socket'), stageTwoAllowing('socket')],
    probe: 'surroundings/user',
    expected: 'refused',
  }),
  guard({
    id: 'self-test: process',
    edits: [withoutProbe("    { name: 'start a process', attempt: () => named(native.tryProcess()), walls: ['EPERM'] },\n")],
    without: [stageOneWithout('clone'), stageTwoAllowing('clone')],
    probe: 'surroundings/user',
    expected: 'refused',
  }),
  guard({
    id: 'self-test: read on the pool',
    edits: [edit(selfTestFile, '? [readProbe] : []', '? [] : []')],
    without: [noLandlock],
    probe: 'surroundings/user',
    expected: 'refused',
  }),
  guard({
    id: 'self-test: write on the pool',
    edits: [edit(selfTestFile, '    writeProbe(order),\n', '')],
    without: [stageTwoAllowing('openat'), stageTwoAllowing('open')],
    probe: 'surroundings/user',
    expected: 'refused',
  }),
  guard({
    id: 'self-test: write beside the folder',
    edits: [edit(selfTestFile, '    writeProbe(order),\n', '')],
    without: [noLandlock, edit(selfTestFile, '? [readProbe] : []', '? [] : []')],
    phase: 'filling',
    probe: 'surroundings/user',
    expected: 'refused',
  }),
];

/** Every check of arguments, every property of the whole filter, and what the runner looks at before it starts. */
export const guardMutants: readonly Mutant[] = [...argumentChecks, ...wholeFilter, ...descriptorsAndSelfTest];
