import type { SandboxPlan } from '@lib/contract';
import { setResourceLimit } from './native-calls.ts';

// Source: linux/include/uapi/asm-generic/resource.h.
const resource = { cpu: 0, fileSize: 1, core: 4, threads: 6, openFiles: 7, lockedMemory: 8, addressSpace: 9 } as const;
const cpuWarningSeconds = 5; // SIGXCPU first, SIGKILL after these

/** Lowers the limits that hold from now on. Units: as in the plan. */
export function setLimits(plan: SandboxPlan): void {
  setResourceLimit(resource.core, 0, 0); // a core file is a copy of customer data
  setResourceLimit(resource.fileSize, plan.fileBytesMax, plan.fileBytesMax);
  setResourceLimit(resource.cpu, plan.cpuSecondsMax, plan.cpuSecondsMax + cpuWarningSeconds);
  setResourceLimit(resource.openFiles, plan.openFilesMax, plan.openFilesMax);
  setResourceLimit(resource.lockedMemory, 0, 0);
  if (plan.threadsMax > 0) setResourceLimit(resource.threads, plan.threadsMax, plan.threadsMax);
}

/** Bounds the address space. Last before execve: the launcher itself may already hold more. */
export function limitAddressSpace(bytes: number): void {
  setResourceLimit(resource.addressSpace, bytes, bytes);
}
