import type { ValueId } from '../ir/instruction.ts';
import type { Instance } from '../taint/instance.ts';
import type { Site, Taint } from '../taint/taint.ts';

/** One match of a rule: where, through which data, and what to say. */
export type RuleMatch = {
  readonly ruleId: string;
  readonly site: Site;
  readonly instance: Instance;
  readonly id: ValueId | undefined;
  readonly taint: Taint | undefined;
  /** What the data reaches, or what is wrong, in a few words. */
  readonly label: string;
  readonly guessed: boolean;
  readonly low: boolean;
  /** A literal that must not be shown. */
  readonly secret: Site | undefined;
};
