import { verifyBundle } from '../../libs/flow/export/bundle/verify-bundle.ts';
import { memorySource } from '../../libs/flow/export/bundle/bundle-source.ts';
import { makeAttacks, type Attack } from './attacks.ts';
import { flipBit, makeFlips } from './flips.ts';
import { sampleBundle, sampleLog } from './sample-bundle.ts';

/** What became of one attack. */
export type Outcome = { readonly name: string; readonly passed: boolean; readonly said: string };

/** Says what a checker says of an attack: the first fault, or that it found none. */
export type Checker = (attack: Attack) => Promise<{ readonly code: string; readonly index: number | null } | null>;

/** Our own checker. */
export const ownChecker: Checker = async ({ files, reader }) => {
  const [fault] = (await verifyBundle(memorySource(files), reader)).faults;
  return fault === undefined ? null : { code: fault.code, index: fault.index };
};

/** Every attack of the list through a checker. */
export async function runAttacks(check: Checker): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const attack of await makeAttacks()) {
    const found = await check(attack);
    const passed = found?.code === attack.expects?.code && (attack.expects === null || found?.index === attack.expects.index);
    outcomes.push({ name: attack.name, passed, said: say(found) });
  }
  return outcomes;
}

/** That many flipped bits, each of which must be found and named. */
export async function runFlips(
  count: number,
  onFailure: (outcome: Outcome) => void,
): Promise<{ readonly passed: number; readonly failed: number }> {
  const bundle = await sampleBundle(sampleLog(600), { views: [], proofs: [0, 255, 256, 300, 599] });
  let [passed, failed] = [0, 0];
  for (const flip of makeFlips(bundle, count)) {
    const verdict = await verifyBundle(memorySource(flipBit(bundle.files, flip)), { key: bundle.key });
    const fault = verdict.faults.find(({ path }) => flip.codes.length !== 1 || path === flip.path) ?? verdict.faults[0];
    if (fault !== undefined && flip.codes.includes(fault.code) && fault.index === flip.index) passed += 1;
    else {
      failed += 1;
      onFailure({
        name: `bit ${String(flip.bit)} of byte ${String(flip.at)} of ${flip.path}`,
        passed: false,
        said: `${say(fault ?? null)}, not ${flip.codes.join(' or ')} at ${String(flip.index)}`,
      });
    }
  }
  return { passed, failed };
}

function say(fault: { readonly code: string; readonly index: number | null } | null): string {
  if (fault === null) return 'nothing found';
  return fault.index === null ? fault.code : `${fault.code} at ${String(fault.index)}`;
}
