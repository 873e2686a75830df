import type { Analyzer } from '@lib/engine/sdk';

/**
 * Every analyzer of this build, in the order in which they run. Written by hand: an analyzer that is not here does not exist.
 */
export const analyzers: readonly Analyzer[] = [];
