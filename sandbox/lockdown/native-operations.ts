import { join } from 'node:path';
import { Fault, present } from '@lib/kernel';

/**
 * What `sandbox/native/lockdown.c` offers: these five and no more. Each answers 0, or the errno by which the kernel refused. The probes
 * are meant to be refused.
 */
export type NativeOperations = {
  readonly setUndumpable: () => number;
  /** A seccomp program for every thread of this process, those of V8 and of the thread pool included. */
  readonly installFilter: (program: Uint8Array) => number;
  readonly tryRing: () => number;
  readonly trySocket: () => number;
  readonly tryProcess: () => number;
};

/** Loads the addon from the runtime folder. Errors: Fault `sandbox.wall_failed` when it does not offer what it should. */
export function nativeOperations(runtimeDirectory: string): NativeOperations {
  const holder: { exports: unknown } = { exports: {} };
  process.dlopen(holder, join(runtimeDirectory, 'lockdown.node'));
  const operation = (name: string): ((...given: readonly unknown[]) => number) => {
    const found: unknown = Object.entries(present(objectOf(holder.exports), 'the exports of the addon')).find(([key]) => key === name)?.[1];
    if (!isCallable(found)) throw new Fault('sandbox.wall_failed', { internal: `the addon has no ${name}` });
    return (...given) => Number(found(...given));
  };
  return {
    setUndumpable: operation('setUndumpable'),
    installFilter: operation('installFilter'),
    tryRing: operation('tryRing'),
    trySocket: operation('trySocket'),
    tryProcess: operation('tryProcess'),
  };
}

function objectOf(value: unknown): object | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}

function isCallable(value: unknown): value is (...given: readonly unknown[]) => unknown {
  return typeof value === 'function';
}
