import { allProbes } from './all-probes.ts';
import type { Check } from './check.ts';
import { fileWalls, expectedOutcome, hasDoor, noDoor, type Outcome, type Probe } from './probe.ts';

/** The control run held against the probes, and what this machine cannot tell apart. */
export type Control = { readonly checks: readonly Check[]; readonly alike: readonly string[] };

/**
 * A probe must do without walls what it says; where the machine itself stands in the way, it says why, and any answer will do that no wall
 * would give. A probe that has the same outcome with and without walls proves nothing here, and is named.
 */
export function checkControl(bare: ReadonlyMap<string, Outcome>): Control {
  const checks = allProbes.map((probe) => checkOne(probe, bare.get(probe.id) ?? 'not tried'));
  const alike = allProbes
    .filter((probe) => probe.residual === undefined)
    .flatMap((probe) => {
      if (!hasDoor(probe, bare)) return [`${probe.id}: this kernel has no ${probe.door ?? ''}`];
      const same = fileWalls.every((walls) => expectedOutcome(probe.locked, walls) === bare.get(probe.id));
      return same ? [`${probe.id}: ${probe.bareWhy ?? 'no reason is given'}`] : [];
    });
  return { checks, alike };
}

function checkOne(probe: Probe, got: Outcome): Check {
  if (probe.door !== undefined && got === noDoor) return { where: 'control, no wall', id: probe.id, expected: noDoor, got };
  const excused = probe.bareWhy !== undefined && got !== 'not tried' && got !== 'no answer';
  return { where: 'control, no wall', id: probe.id, expected: probe.bare, got: excused ? probe.bare : got };
}
