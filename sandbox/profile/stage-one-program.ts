import { filterProgram, otherwise } from './filter-program.ts';
import { stageOneRules } from './stage-one-rules.ts';
import { thisArchitecture } from './syscall-numbers.ts';

/** Stage 1 as the kernel reads it, for the architecture of this process: what the build writes beside the launcher. */
export function stageOneProgram(): Uint8Array {
  return filterProgram(thisArchitecture(), stageOneRules(), otherwise.allow);
}
