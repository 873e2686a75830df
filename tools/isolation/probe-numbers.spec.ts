import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { catalogMutants } from './catalog-mutants.ts';
import { readCatalogProbes } from './catalog-probes.ts';
import { httpProbes } from './http-probes.ts';
import { objectProbes } from './object-probes.ts';
import { sessionMutants } from './session-mutants.ts';
import { ofSession } from './suite-probes.ts';
import { probesElsewhere, waitingProbes } from './waiting-probes.ts';

const listed = 55; // probes of the list that the suite was made from; P26 and P33 are the storm, P55 is the mutants
const numberOf = (id: string): number => Number(/^P(\d+)/u.exec(id)?.[1] ?? 0);
const catalog = (await readCatalogProbes()).map(({ id }) => id);
const attacks = [...ofSession, ...httpProbes, ...objectProbes].map(({ id }) => id);

test('every_probe_of_the_list_stands_under_its_number', () => {
  const known = new Set(
    [...catalog, ...attacks, ...[...waitingProbes, ...probesElsewhere].map(({ id }) => id), 'P26', 'P33', 'P55'].map(numberOf),
  );
  expect(Array.from({ length: listed }, (_, index) => index + 1).filter((number) => !known.has(number))).toEqual([]);
});

test('no_two_probes_have_one_name', () => {
  expect(attacks.filter((id, index) => attacks.indexOf(id) !== index)).toEqual([]);
});

test('every_number_has_a_mutant', () => {
  const mutated = new Set([...catalogMutants, ...sessionMutants].map(({ probe }) => numberOf(probe)));
  const ofHttp = new Set([40, 42, 43, 44, 45, 46, 47, 48, 50]); // tools/isolation/http.e2e.spec.ts takes their walls away
  const ofServer = new Set([6, 17]); // attributes and settings of the whole server: what can be changed in a transaction is
  const numbers = new Set([...catalog, ...attacks].map(numberOf));
  expect([...numbers].filter((number) => number > 0 && !mutated.has(number) && !ofHttp.has(number) && !ofServer.has(number))).toEqual([]);
});

test.each(waitingProbes)('$id waits: there is nothing to attack yet', ({ comesWith }) => {
  expect(existsSync(comesWith)).toBe(false);
});

test.each(probesElsewhere)('$id is made by a spec that is there', ({ shownBy }) => {
  expect(existsSync(shownBy)).toBe(true);
});
