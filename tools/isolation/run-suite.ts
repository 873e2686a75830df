import { withAdmin } from '@lib/platform/db';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { catalogMutants } from './catalog-mutants.ts';
import { askCatalog, readCatalogProbes, tryMutant } from './catalog-probes.ts';
import { openTrustingApi, tryHttpMutants } from './http-mutants.ts';
import { httpProbes } from './http-probes.ts';
import { lintMutants, lintProbes } from './lint-probes.ts';
import { objectProbes } from './object-probes.ts';
import type { Outcome, Probe } from './probe.ts';
import { sessionMutants, type SessionMutant } from './session-mutants.ts';
import { openTarget } from './session-target.ts';
import { runStorm } from './storm.ts';
import { ofSession } from './suite-probes.ts';
import { probesElsewhere, waitingProbes } from './waiting-probes.ts';

/** Hears each outcome as it comes. */
export type Tell = (outcome: Outcome) => void;

/** Asks the catalogue, then attacks a database of two tenants from the sessions of the application's roles. */
export async function probeDatabase(tell: Tell): Promise<void> {
  await withDatabase(async (database) => {
    for (const probe of await readCatalogProbes())
      tell({ name: `${probe.id} no ${probe.what}`, found: await withAdmin(database, (admin) => askCatalog(admin, [probe])) });
    const opened = await openTarget(database);
    try {
      await runAll(ofSession, opened.target, tell);
    } finally {
      await opened.close();
    }
  });
}

/** Attacks the running API, and what it seals, as a tenant with every right in its own house. */
export async function probeApi(tell: Tell): Promise<void> {
  const api = await openTrustingApi();
  try {
    await runAll([...httpProbes, ...objectProbes], api.target, tell);
  } finally {
    await api.close();
  }
}

/** Looks whether the rules that leave one door hold everywhere. */
export async function probeLint(tell: Tell): Promise<void> {
  await runAll(lintProbes, { exceptions: [] }, tell);
}

/** Says what is not attacked, because it is not there. */
export function tellWaiting(say: (line: string) => void): void {
  for (const { id, what } of waitingProbes) say(`--   ${id} nothing to attack yet: ${what}`);
  for (const { id, what, shownBy } of probesElsewhere) say(`--   ${id} ${what}: ${shownBy}`);
}

/** Takes each wall away in turn; the probe meant for it must see that. */
export async function runMutants(tell: Tell): Promise<void> {
  await withDatabase((database) =>
    withAdmin(database, async (admin) => {
      const probes = await readCatalogProbes();
      for (const mutant of catalogMutants) {
        const found = await tryMutant(admin, probes, mutant);
        tell(
          seen(
            mutant.probe,
            mutant.change,
            found.filter((line) => line.startsWith(`${mutant.probe} `)),
          ),
        );
      }
    }),
  );
  for (const { change, target } of lintMutants) tell(seen('L01', change, (await lintProbes[0]?.attack(target)) ?? []));
  const spread = 'alter policy floor on app.repository using (true); alter policy allow on app.repository using (true)';
  tell(
    seen(
      'P33',
      spread,
      (await runStorm(400, { change: spread })).flatMap(({ found }) => found),
    ),
  );
  for (const mutant of sessionMutants) tell(seen(mutant.probe, mutant.change, await trySessionMutant(mutant)));
  const api = await openTrustingApi();
  try {
    for (const mutant of await tryHttpMutants(api)) tell(seen(mutant.probe, mutant.change, mutant.found));
  } finally {
    await api.close();
  }
}

/** What the probe meant for a mutant finds, on a database of its own. */
export async function trySessionMutant(mutant: SessionMutant): Promise<readonly string[]> {
  const probe = ofSession.find(({ id }) => id === mutant.probe);
  if (probe === undefined) return [];
  return withDatabase(async (database) => {
    const opened = await openTarget(database, mutant.weak);
    try {
      await withAdmin(database, (admin) => admin.run('mutant', mutant.change));
      return await probe.attack(opened.target);
    } finally {
      await opened.close();
    }
  });
}

async function runAll<T>(probes: readonly Probe<T>[], target: T, tell: Tell): Promise<void> {
  for (const { id, what, attack } of probes) {
    const found = await attack(target).catch((error: unknown) => [
      error instanceof Error ? `did not run: ${error.message}` : 'did not run',
    ]);
    tell({ name: `${id} ${what}`, found });
  }
}

function seen(probe: string, change: string, found: readonly string[]): Outcome {
  const [line = ''] = change.trim().split('\n');
  return { name: `mutant: ${line} -> ${probe}`, found: found.length > 0 ? [] : ['the probe stayed green'] };
}

async function withDatabase<T>(work: (database: TestDatabase) => Promise<T>): Promise<T> {
  const database = await testDatabase();
  try {
    return await work(database);
  } finally {
    await database.drop();
  }
}
