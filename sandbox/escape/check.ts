import type { Outcome } from './probe.ts';

/** One thing that was held against what it must be. */
export type Check = { readonly where: string; readonly id: string; readonly expected: Outcome; readonly got: Outcome };
export const passed = ({ expected, got }: Check): boolean => expected === got;
