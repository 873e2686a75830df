import { bubblewrapOnly, landlockOnly, stageOneWithout, type Edit, type Mutant } from './mutant.ts';

type Guard = Pick<Mutant, 'id' | 'edits' | 'probe' | 'expected'> & Partial<Mutant>;
const guard = (given: Guard): Mutant => ({ without: [], host: landlockOnly, phase: 'locked', short: true, ...given });
const edit = (file: string, from: string, to: string): Edit => ({ file, from, to });

const launcherFile = 'sandbox/native/launch.c';
const argumentsFile = 'libs/platform/sandbox/launcher-arguments.ts';
const bubblewrapFile = 'libs/platform/sandbox/bubblewrap.ts';
const programFile = 'libs/platform/sandbox/run-program.ts';
const watchFile = 'libs/platform/sandbox/watch-process.ts';
const superviseFile = 'libs/platform/sandbox/supervise-process.ts';
const collectFile = 'libs/platform/sandbox/collect-messages.ts';
const splitFile = 'libs/platform/sandbox/split-lines.ts';
const asRoot = { user: 'root', bubblewrap: 'off', landlock: 'auto' } as const;

const limits: readonly Mutant[] = (
  [
    ['core', '    ...limit(resource.core, 0), // a core file is a copy of customer data\n', 'limit-core'],
    ['file size', '    ...limit(resource.fileSize, plan.fileBytesMax),\n', 'limit-file-size'],
    ['cpu', '    ...limit(resource.cpu, plan.cpuSecondsMax, plan.cpuSecondsMax + cpuWarningSeconds),\n', 'limit-cpu'],
    ['open files', '    ...limit(resource.openFiles, plan.openFilesMax),\n', 'limit-open-files'],
    ['locked memory', '    ...limit(resource.lockedMemory, 0),\n', 'limit-locked-memory'],
    ['address space', '    ...limit(resource.addressSpace, plan.addressBytesMax),\n', 'limit-address-space'],
  ] as const
).map(([name, from, probe]) =>
  guard({
    id: `limit of ${name}`,
    edits: [edit(argumentsFile, from, '')],
    probe: `surroundings/${probe}`,
    expected: 'bounded',
    short: name === 'core',
  }),
);

const noFileSize = edit(argumentsFile, '    ...limit(resource.fileSize, plan.fileBytesMax),\n', '');
const fillTree = edit(argumentsFile, "['--read', order.treeDirectory]", "['--fill', order.treeDirectory]");

const launcher: readonly Mutant[] = [
  ...limits,
  guard({
    id: 'limit of file size, in the unpacker',
    edits: [noFileSize],
    phase: 'filling',
    probe: 'bomb/file-without-end',
    expected: 'EFBIG',
    short: false,
  }),
  guard({
    id: 'limit of file size, in the runner',
    edits: [noFileSize],
    without: [fillTree],
    phase: 'early',
    probe: 'bomb/file-without-end',
    expected: 'EFBIG',
  }),
  guard({
    id: 'limit of open files, by what it does',
    edits: [edit(argumentsFile, '    ...limit(resource.openFiles, plan.openFilesMax),\n', '')],
    probe: 'bomb/descriptors',
    expected: 'EMFILE',
  }),
  guard({
    id: 'limit of threads',
    edits: [edit(argumentsFile, 'plan.threadsMax > 0 ?', 'plan.threadsMax < 0 ?')],
    host: asRoot,
    probe: 'surroundings/limit-threads',
    expected: 'bounded where it can be',
    short: false,
  }),
  guard({
    id: 'no_new_privs',
    refusedFor: 'landlock_restrict_self',
    edits: [edit(launcherFile, '  must(call5(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");\n', '')],
    probe: 'surroundings/no-new-privileges',
    expected: '1',
  }),
  guard({
    id: 'dies with its supervisor',
    edits: [edit(launcherFile, '  must(call2(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL), "parent death signal");\n', '')],
    phase: 'early',
    probe: 'surroundings/dies-with-the-supervisor',
    expected: 'signal 9',
  }),
  guard({
    id: 'outlives a killed supervisor',
    edits: [edit(launcherFile, '  must(call2(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL), "parent death signal");\n', '')],
    probe: 'ending: orphan',
    expected: 'ends',
  }),
  guard({
    id: 'own session',
    edits: [edit(launcherFile, 'long session = call0(__NR_setsid);', 'long session = 0;')],
    phase: 'early',
    probe: 'surroundings/own-session',
    expected: 'own',
  }),
  guard({
    id: 'environment from nothing',
    edits: [edit(launcherFile, '(long)all, (long)environment)', '(long)all, (long)(environment + 7))')],
    probe: 'surroundings/environment',
    expected: 'HOME LANG NODE_ENV PATH TZ UV_THREADPOOL_SIZE UV_USE_IO_URING',
  }),
  guard({
    id: 'no code from text',
    edits: [edit('runtime.json', '"--disallow-code-generation-from-strings",', '')],
    probe: 'node-process/code-from-text',
    expected: 'EvalError',
  }),
  guard({
    id: 'another user',
    refusedFor: 'unprivileged user',
    edits: [edit(superviseFile, '{ uid: identity.uid, gid: identity.gid }', '{}')],
    host: asRoot,
    probe: 'surroundings/user',
    expected: 'not root',
  }),
];

const handled = edit(launcherFile, 'return 0xffff;', 'return 0xffff;');
const unhandled = (bit: number): Edit => ({ ...handled, to: `return 0x${(0xffff & ~bit).toString(16)};` });
const granting = (path: string): Edit => edit(argumentsFile, 'const systemRead = [\n', `const systemRead = [\n  '${path}',\n`);
const networkCalls = ['socket', 'connect', 'bind', 'sendto', 'recvfrom', 'recvmsg', 'sendmsg'];

const landlock: readonly Mutant[] = [
  guard({
    id: 'Landlock at all',
    edits: [edit(launcherFile, '  must(call2(__NR_landlock_restrict_self, ruleset, 0), "landlock_restrict_self");\n', '')],
    phase: 'early',
    probe: 'file/read-passwd-raw',
    expected: 'EACCES',
  }),
  guard({
    id: 'Landlock: run files',
    edits: [unhandled(1)],
    phase: 'early',
    probe: 'execute/execve-before-stage-2',
    expected: 'EACCES',
    short: false,
    equivalent: 'whoever starts a file opens it to read, and that right refuses it already',
  }),
  guard({ id: 'Landlock: write files', edits: [unhandled(2)], phase: 'early', probe: 'open/write-before-stage-2', expected: 'EACCES' }),
  guard({
    id: 'Landlock: read files',
    refusedFor: 'landlock_add_rule',
    edits: [unhandled(4)],
    phase: 'early',
    probe: 'file/read-passwd-raw',
    expected: 'EACCES',
    short: false,
  }),
  guard({ id: 'Landlock: list folders', edits: [unhandled(8)], probe: 'file/list-system-folder', expected: 'EACCES', short: false }),
  guard({
    id: 'Landlock: make folders',
    edits: [unhandled(1 << 7)],
    phase: 'filling',
    probe: 'write-by-path/mkdir',
    expected: 'EACCES',
    short: false,
  }),
  guard({
    id: 'Landlock: make files',
    edits: [unhandled(1 << 8)],
    phase: 'filling',
    probe: 'open/openat-O_CREAT',
    expected: 'EACCES',
    short: false,
    equivalent: 'the file is there already: what is refused is to write it',
  }),
  guard({
    id: 'Landlock: TCP',
    edits: [edit(launcherFile, '3 /* bind and connect of TCP */', '0')],
    without: networkCalls.map(stageOneWithout),
    phase: 'early',
    probe: 'node-network/tcp',
    expected: 'EACCES',
  }),
  guard({
    id: 'Landlock: abstract sockets',
    edits: [edit(launcherFile, '3 /* abstract sockets and signals of others */', '2')],
    without: networkCalls.map(stageOneWithout),
    phase: 'early',
    probe: 'node-network/abstract-socket',
    expected: 'EPERM',
  }),
  guard({
    id: 'Landlock: signals',
    edits: [edit(launcherFile, '3 /* abstract sockets and signals of others */', '1')],
    phase: 'early',
    probe: 'signal/kill-supervisor',
    expected: 'EPERM',
  }),
  guard({ id: 'a grant of shared memory', edits: [granting('/dev/shm')], probe: 'file/shared-memory', expected: 'EACCES' }),
  guard({
    id: 'a grant of the folder above the trees',
    edits: [
      edit(
        argumentsFile,
        "['--read', order.treeDirectory]",
        "['--read', order.treeDirectory, '--read', order.treeDirectory.replace(/[/][^/]+$/u, '')]",
      ),
    ],
    probe: 'file/neighbour-file',
    expected: 'EACCES',
  }),
  guard({
    id: 'a grant to fill the tree',
    edits: [fillTree],
    phase: 'early',
    probe: 'open/write-the-tree-before-stage-2',
    expected: 'EACCES',
    short: false,
  }),
];

const own = 'cgroup ipc mnt net pid user uts';
const unshares = ['cgroup', 'ipc', 'net', 'pid', 'uts'] as const;
const noSession = edit(launcherFile, 'long session = call0(__NR_setsid);', 'long session = 0;');
const inView = (given: Guard): Mutant => guard({ host: bubblewrapOnly, phase: 'early', ...given });

const bubblewrap: readonly Mutant[] = [
  ...unshares.map((kind) =>
    inView({
      id: `bubblewrap shares the ${kind} namespace`,
      edits: [
        edit(
          bubblewrapFile,
          "    '--unshare-all',\n",
          unshares
            .filter((other) => other !== kind)
            .map((other) => `    '--unshare-${other}',\n`)
            .join(''),
        ),
      ],
      probe: 'surroundings/own-namespaces',
      expected: own,
      short: kind === 'net',
    }),
  ),
  inView({
    id: 'bubblewrap: more user namespaces',
    edits: [edit(bubblewrapFile, "    '--disable-userns',\n", '')],
    without: [stageOneWithout('clone')],
    probe: 'new-process/clone-process-in-new-user-namespace',
    expected: 'ENOSPC',
  }),
  inView({
    id: 'bubblewrap: terminal',
    edits: [edit(bubblewrapFile, "    '--new-session',\n", '')],
    without: [noSession],
    probe: 'surroundings/own-session',
    expected: 'own',
  }),
  inView({
    id: 'bubblewrap: outlives a killed supervisor',
    edits: [edit(bubblewrapFile, "    '--die-with-parent',\n", '')],
    probe: 'ending: orphan',
    expected: 'ends',
    phase: 'locked',
  }),
  inView({
    id: 'bubblewrap: writable libraries',
    edits: [edit(bubblewrapFile, "'--ro-bind-try', path, path", "'--bind-try', path, path")],
    probe: 'surroundings/read-only-mounts',
    expected: 'root libraries tree runtime',
    short: false,
  }),
  inView({
    id: 'bubblewrap: writable tree',
    edits: [edit(bubblewrapFile, "'--ro-bind', path, path", "'--bind', path, path")],
    probe: 'open/write-the-tree-before-stage-2',
    expected: 'EROFS',
  }),
  inView({
    id: 'bubblewrap: writable root',
    edits: [edit(bubblewrapFile, "    '--remount-ro',\n    '/',\n", '')],
    probe: 'surroundings/read-only-mounts',
    expected: 'root libraries tree runtime',
  }),
  inView({
    id: 'bubblewrap: devices of the machine',
    edits: [edit(bubblewrapFile, "    '--dev',\n    '/dev',\n", "    '--dev-bind',\n    '/dev',\n    '/dev',\n")],
    probe: 'file/shared-memory',
    expected: 'ENOENT',
  }),
  inView({
    id: 'bubblewrap: processes of the machine',
    edits: [edit(bubblewrapFile, "    '--proc',\n    '/proc',\n", "    '--ro-bind',\n    '/proc',\n    '/proc',\n")],
    probe: 'file/proc-supervisor-mem',
    expected: 'ENOENT',
    short: false,
  }),
  inView({
    id: 'bubblewrap: a folder more in view',
    edits: [edit(programFile, 'const common = [nodePath, runtimeDirectory];', "const common = [nodePath, runtimeDirectory, '/var'];")],
    probe: 'file/list-system-folder',
    expected: 'ENOENT',
    phase: 'locked',
  }),
  inView({
    id: 'bubblewrap: capabilities',
    edits: [edit(bubblewrapFile, "    '--cap-drop',\n    'ALL',\n", '')],
    probe: 'surroundings/capabilities',
    expected: '0000000000000000 0000000000000000 0000000000000000',
    equivalent: 'who is not root inside loses all capabilities when the next program starts; the runner refuses to start with any',
  }),
  inView({
    id: 'bubblewrap: environment',
    edits: [edit(bubblewrapFile, "    '--clearenv',\n", '')],
    probe: 'surroundings/environment',
    expected: 'HOME LANG NODE_ENV PATH TZ UV_THREADPOOL_SIZE UV_USE_IO_URING',
    short: false,
    equivalent: 'the supervisor starts it with an empty environment, and the launcher makes one from nothing',
  }),
  inView({
    id: 'bubblewrap: user namespace by name',
    edits: [edit(bubblewrapFile, "    '--unshare-user',\n", '')],
    probe: 'surroundings/own-namespaces',
    expected: own,
    short: false,
  }),
  inView({
    id: 'bubblewrap: folder',
    edits: [edit(bubblewrapFile, "    '--chdir',\n    '/',\n", '')],
    probe: 'surroundings/user',
    expected: 'not root',
    short: false,
    equivalent: 'the supervisor starts it in the root folder',
  }),
];

const endings: readonly Mutant[] = [
  guard({
    id: 'no wall clock',
    edits: [edit(watchFile, "setTimeout(() => end('timed_out'), rules.wallMs)", 'setTimeout(() => undefined, rules.wallMs)')],
    probe: 'ending: spin',
    expected: 'timed_out: SIGTERM',
  }),
  guard({
    id: 'no end after the grace',
    edits: [edit(watchFile, "killer = setTimeout(() => child.kill('SIGKILL'), rules.graceMs);", 'killer = undefined;')],
    probe: 'ending: spin and ignore SIGTERM',
    expected: 'timed_out: SIGKILL',
  }),
  guard({
    id: 'no bound of progress',
    edits: [
      edit(
        collectFile,
        "return state.progressCount > limits.progressLinesMax ? 'more progress than there are files' : undefined;",
        'return undefined;',
      ),
    ],
    probe: 'ending: progress without end',
    expected: 'protocol_error: more progress than there are files',
  }),
  guard({
    id: 'no bound of a line',
    edits: [edit(splitFile, 'if (pendingBytes > bounds.lineBytesMax)', 'if (pendingBytes > bounds.streamBytesMax)')],
    probe: 'ending: a line without end',
    expected: 'protocol_error: line too long',
  }),
  guard({
    id: 'SIGSYS is an ordinary crash',
    edits: [edit(superviseFile, "if (exit.signal === 'SIGSYS')", 'if (false)')],
    probe: 'other-process/ptrace',
    expected: 'SIGSYS',
  }),
];

/** What the supervisor, bubblewrap and the launcher put around the runner. */
export const hostMutants: readonly Mutant[] = [...launcher, ...landlock, ...bubblewrap, ...endings];
