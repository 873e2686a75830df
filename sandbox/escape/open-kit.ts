import { constants } from 'node:os';
import { callNumber } from './call-numbers.ts';
import type { CallArgument, Kit, Outcome, Probe, Targets } from './probe.ts';

type Prober = {
  readonly systemCall: (number: number, ...args: readonly CallArgument[]) => number;
  readonly interrupt80: (number: number, ...args: readonly number[]) => number;
  readonly vsyscall: (index: number, ...args: readonly CallArgument[]) => number;
  readonly address: (bytes: Uint8Array) => number;
};

// the last two are not among Node's
const errnoNames = new Map([
  ...Object.entries(constants.errno).map(([name, number]) => [number, name] as const),
  [94, 'ESOCKTNOSUPPORT'] as const,
  [126, 'ENOKEY'] as const,
]);
const errnoMax = 4095;
const attemptMs = 8000;

/** Loads the machine code of the probes. Before the last wall closes: afterwards nothing can be loaded, which is a probe of its own. */
export function openProber(path: string): Prober {
  const loaded: { exports: unknown } = { exports: {} };
  process.dlopen(loaded, path);
  return loaded.exports as Prober;
}

/** What the probes are given. */
export function openKit(prober: Prober, targets: Targets): Kit {
  return {
    targets,
    call: (name, ...args) => prober.systemCall(callNumber(name), ...args),
    callNumber: (number, ...args) => prober.systemCall(number, ...args),
    interrupt80: (number, ...args) => prober.interrupt80(number, ...args),
    vsyscall: (index, ...args) => prober.vsyscall(index, ...args),
    address: (bytes) => prober.address(bytes),
  };
}

/** Runs one probe. */
export async function outcomeOf(probe: Pick<Probe, 'attempt'>, kit: Kit): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve('no answer'), attemptMs);
  });
  try {
    return await Promise.race([Promise.resolve(probe.attempt(kit)).then(outcomeOfValue), late]);
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error).slice(0, 60);
  } finally {
    clearTimeout(timer);
  }
}

/** The name of a kernel's answer. */
export function outcomeOfValue(value: unknown): Outcome {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && value < 0 && value >= -errnoMax) return errnoNames.get(-value) ?? `errno ${String(-value)}`;
  return 'ok';
}
