import { iac } from '@lib/engine/iac';
import { sast } from '@lib/engine/sast';
import { sca } from '@lib/engine/sca';
import type { Analyzer } from '@lib/engine/sdk';
import { secrets } from '@lib/engine/secrets';

/**
 * Every analyzer of this build, in the order in which they run. Written by hand: an analyzer that is not here does not exist.
 */
export const analyzers: readonly Analyzer[] = [sast, secrets, iac, sca];
