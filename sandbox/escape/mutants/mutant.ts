import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callNumber } from '../call-numbers.ts';
import type { Outcome } from '../probe.ts';
import type { Host } from '../run-lists.ts';

/** One exact change of one source file. The text must be there once: a mutant of code that has moved on fails loudly. */
export type Edit = { readonly file: string; readonly from: string; readonly to: string };

/** A wall, or a part of one, taken away; and the probe that must see it. */
export type Mutant = {
  readonly id: string;
  readonly edits: readonly Edit[];
  /** Walls that would cover for it, taken away as well. What the probe answers with these alone is `expected`. */
  readonly without: readonly Edit[];
  readonly host: Pick<Host, 'user' | 'bubblewrap' | 'landlock'>;
  readonly phase: 'locked' | 'early' | 'filling';
  /** A probe, a call number, or one of `endings.ts`, or `ending: orphan`. */
  readonly probe: string;
  readonly expected: Outcome;
  /** Where the runner sees the mutant itself and refuses to start: words of the reason. A refusal for another reason shows nothing. */
  readonly refusedFor?: string;
  /** Nothing that a process can do shows it: why. Such a mutant must survive, else it leaves this list. */
  readonly equivalent?: string;
  /** One of its family, for the short form. */
  readonly short: boolean;
};

const repository = join(import.meta.dirname, '../../..');

export const landlockOnly = { user: 'ordinary', bubblewrap: 'off', landlock: 'auto' } as const;
export const bubblewrapOnly = { user: 'ordinary', bubblewrap: 'auto', landlock: 'off' } as const;

const stageOneFile = 'sandbox/profile/stage-one-rules.ts';
const stageTwoFile = 'sandbox/profile/stage-two-rules.ts';
const made = '  return rules;\n}';

/** Stage 1 without its rule for a call. */
export function stageOneWithout(call: string): Edit {
  return { file: stageOneFile, from: made, to: `  rules.delete('${call}');\n${made}` };
}

/** Stage 2 without its rule for a call: the default answers. */
export function stageTwoWithout(call: string): Edit {
  return { file: stageTwoFile, from: made, to: `  rules.delete('${call}');\n${made}` };
}

/** Stage 2 that lets a call through, whatever its arguments. */
export function stageTwoAllowing(call: string): Edit {
  return { file: stageTwoFile, from: made, to: `  rules.set('${call}', rule.allow());\n${made}` };
}

const numbersFile = 'sandbox/profile/syscall-numbers-x64.ts';
const firstNumber = '  accept: 43,\n';
const profileNumbers = readFileSync(join(repository, numbersFile), 'utf8');

/** A number for a call that the profile knows by its default alone, so that a rule can name it. */
export function numbering(call: string): readonly Edit[] {
  if (profileNumbers.includes(`  ${call}: `)) return [];
  return [{ file: numbersFile, from: firstNumber, to: `${firstNumber}  ${call}: ${String(callNumber(call))},\n` }];
}
