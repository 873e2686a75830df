import { realpathSync } from 'node:fs';
import { sandboxPlanSchema, type SandboxOrder, type SandboxPlan } from '@lib/contract';
import { execute, installFilter, landlockVersion, setProcessOption, systemCall, thisArchitecture } from './lockdown/native-calls.ts';
import { processStatus } from './lockdown/process-status.ts';
import { restrictFiles } from './lockdown/restrict-files.ts';
import { limitAddressSpace, setLimits } from './lockdown/set-limits.ts';
import { resultDescriptor } from './lockdown/unexpected-descriptors.ts';
import { filterProgram, otherwise } from './profile/filter-program.ts';
import { stageOneRules } from './profile/stage-one-rules.ts';
import { refuse } from './run/write-line.ts';

const parentDeathSignal = 1; // PR_SET_PDEATHSIG
const noNewPrivileges = 38; // PR_SET_NO_NEW_PRIVS
const sigkill = 9;
const setDescriptorFlags = 2; // F_SETFD
const closeOnExec = 4; // CLOSE_RANGE_CLOEXEC

const librariesRead = [
  '/lib/x86_64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/lib/aarch64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/lib64',
  '/usr/lib64',
];
const systemRead = [
  '/etc/ld.so.cache', // the dynamic linker
  '/etc/ssl/openssl.cnf', // Node ends at start when this is there and refused
  '/usr/lib/ssl',
  '/proc/self/stat', // process.memoryUsage
  '/proc/self/status', // the runner checks its own walls
  '/proc/self/fd', // the runner lists its own descriptors
  '/proc/meminfo',
  '/dev/urandom',
];

/**
 * Stage 1: puts up every wall that must stand before Node starts, then becomes Node running the ordered program. One argument: the plan as JSON.
 * What fails here is said on the result pipe as `refused`, exit 78.
 */
function launch(plan: SandboxPlan): never {
  setProcessOption(parentDeathSignal, sigkill);
  if (plan.parentPid !== 0 && process.ppid !== plan.parentPid) refuse(['supervisor: it ended before the launcher started']);
  const seccompFiltersBefore = processStatus().seccompFilters;
  setLimits(plan);
  setProcessOption(noNewPrivileges, 1);
  const landlockAbi = plan.landlock === 'auto' ? restrictFiles(grantsOf(plan)) : 0;
  installFilter(filterProgram(thisArchitecture(), stageOneRules(), otherwise.allow));
  systemCall('close_range', resultDescriptor + 1, 0xffffffff, closeOnExec);
  // Node marks inherited descriptors close-on-exec; these four are meant to be inherited
  for (let descriptor = 0; descriptor <= resultDescriptor; descriptor++) systemCall('fcntl', descriptor, setDescriptorFlags, 0);
  limitAddressSpace(plan.addressBytesMax);
  const order: SandboxOrder = { ...plan.order, landlockAbi, seccompFiltersBefore };
  return execute(plan.nodePath, nodeArguments(plan, order), environment);
}

function grantsOf(plan: SandboxPlan): Parameters<typeof restrictFiles>[0] {
  return {
    run: [plan.nodePath, ...librariesRead],
    read: [
      realpathSync(plan.runtimeDirectory),
      ...(plan.order.program === 'runner' ? [realpathSync(plan.order.treeDirectory)] : []),
      ...systemRead,
    ],
    readWriteFiles: ['/dev/null'],
    fill: plan.order.program === 'unpacker' ? [realpathSync(plan.order.targetDirectory)] : [],
  };
}

function nodeArguments(plan: SandboxPlan, order: SandboxOrder): readonly string[] {
  return [
    plan.nodePath,
    `--max-old-space-size=${String(plan.heapMib)}`,
    '--disable-wasm-trap-handler', // its guard regions need 32 GiB of address space
    '--no-short-builtin-calls', // V8 else maps its own file executable in each worker, which the filter refuses
    '--disallow-code-generation-from-strings',
    '--no-deprecation',
    `${plan.runtimeDirectory}/${plan.order.program}.mjs`,
    JSON.stringify(order),
  ];
}

// Made from nothing: nothing of the supervisor's environment goes in.
const environment: readonly string[] = [
  'PATH=/nonexistent',
  'HOME=/nonexistent',
  'TZ=UTC',
  'LANG=C.UTF-8',
  'NODE_ENV=production',
  'UV_THREADPOOL_SIZE=4',
  'UV_USE_IO_URING=0',
];

const plan = sandboxPlanSchema.safeParse(JSON.parse(process.argv[2] ?? 'null'));
if (!plan.success) refuse(['launcher: the plan does not fit its schema']);
try {
  if (plan.data.landlock === 'auto' && landlockVersion() === 0 && !plan.data.order.bubblewrap) {
    refuse(['Landlock (Linux 5.13 or later) or bubblewrap: neither is there']);
  }
  launch(plan.data);
} catch (error) {
  refuse([`launcher: ${error instanceof Error ? error.message.slice(0, 150) : 'failed'}`]);
}
