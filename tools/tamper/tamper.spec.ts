import { describe, expect, it } from 'vitest';
import { ownChecker, runAttacks, runFlips, type Outcome } from './run-tamper.ts';

// The long form, ten thousand flips and the other checker too, is `npm run test:tamper`.
describe('tampering', () => {
  it('every_attack_is_found_and_named_and_what_cannot_be_known_is_said', async () => {
    const outcomes = await runAttacks(ownChecker);
    expect(outcomes.length).toBeGreaterThan(25);
    expect(outcomes.filter(({ passed }) => !passed)).toEqual([]);
  });

  it('every_flipped_bit_is_found_and_the_entry_at_fault_is_named', async () => {
    const failures: Outcome[] = [];
    const { passed } = await runFlips(500, (outcome) => failures.push(outcome));
    expect(failures).toEqual([]);
    expect(passed).toBe(500);
  });
});
