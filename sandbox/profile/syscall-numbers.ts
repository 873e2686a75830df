import { Fault, present } from '@lib/kernel';
import { syscallNumbersArm64 } from './syscall-numbers-arm64.ts';
import { syscallNumbersX64 } from './syscall-numbers-x64.ts';

/** Architectures that the profile has numbers for. */
export type Architecture = 'x64' | 'arm64';

const tables: Readonly<Record<Architecture, Readonly<Record<string, number>>>> = { x64: syscallNumbersX64, arm64: syscallNumbersArm64 };

/** The architecture of this process. Errors: Fault `sandbox.wall_failed` where the profile has no numbers. */
export function thisArchitecture(): Architecture {
  if (!isKnownArchitecture(process.arch)) throw new Fault('sandbox.wall_failed', { internal: `no profile for ${process.arch}` });
  return process.arch;
}

function isKnownArchitecture(arch: string): arch is Architecture {
  return arch === 'x64' || arch === 'arm64';
}

/**
 * The number of a system call; undefined when this architecture does not have it.
 * A name that no architecture knows is a mistake in the profile: skipped silently, it would leave a hole.
 */
export function syscallNumber(architecture: Architecture, name: string): number | undefined {
  const number = tables[architecture][name];
  if (number !== undefined) return number;
  present(tables.x64[name] ?? tables.arm64[name], `system call ${name} is in the table`);
  return undefined;
}
