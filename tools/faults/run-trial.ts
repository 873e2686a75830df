import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findingSchema, pageOf, repositorySchema, scanDetailSchema, scanEndStates, scanSchema, type ScanDetailView } from '@lib/contract';
import { apiClient, type ApiClient } from '../../apps/cli/up/api-client.ts';
import type { KeptStack } from '../../apps/cli/up/keep-stack.ts';
import { startsIn, untilStarted } from './until-started.ts';

/** Who is killed. `analyzer` is not here: its death is an ordinary end of an analysis, which the sandbox's own tests hold. */
export const victims = ['worker', 'api', 'postgres'] as const;
export type Victim = (typeof victims)[number];

export type TrialPlan = {
  readonly services: KeptStack;
  readonly source: string;
  /** Where the worker and the API write their logs. */
  readonly logs: string;
  readonly victim: Victim | undefined;
  readonly delayMs: number;
  readonly findingsExpected: number | undefined;
};

/**
 * What one trial left behind. `problems` is empty when everything held. `backMs`: until the worker or the API that was killed said that it
 * had started again. Units: ms.
 */
export type Trial = {
  readonly scanId: string;
  readonly state: string;
  readonly findings: number;
  readonly ms: number;
  readonly backMs: number | undefined;
  readonly problems: readonly string[];
};

const endMsMax = 180_000; // a scan that has not ended by then hangs
const backMsMax = 5_000;
const pollMs = 200;

/** Asks for a scan, kills the victim after a delay, waits for the scan's end, and looks at what it left. */
export async function runTrial(plan: TrialPlan): Promise<Trial> {
  const startMs = performance.now();
  const scanId = await patiently(async (client) => {
    const repositories = await client.get('/v1/repositories', pageOf(repositorySchema));
    const repository =
      repositories.items.find((item) => item.name === 'faults') ??
      (await client.post('/v1/repositories', { name: 'faults', source: { kind: 'folder', path: plan.source } }, repositorySchema));
    return (await client.post('/v1/scans', { repositoryId: repository.id }, scanSchema)).id;
  }, plan.services);
  await sleep(plan.delayMs);
  const back = kill(plan);
  const scan = await endOf(plan.services, scanId);
  const backMs = await back;
  const ids = await patiently((client) => findingIds(client, scanId), plan.services);
  return {
    scanId,
    state: scan?.state ?? 'hangs',
    findings: ids.length,
    ms: Math.round(performance.now() - startMs),
    backMs,
    problems: [...problemsOf(plan, scan, ids), ...tooLate(plan.victim, backMs)],
  };
}

function problemsOf(plan: TrialPlan, scan: ScanDetailView | undefined, ids: readonly string[]): readonly string[] {
  if (scan === undefined) return ['the scan did not end'];
  const problems: string[] = [];
  if (scan.state !== 'succeeded') problems.push(`ended ${scan.state} (${scan.errorCode ?? 'no code'})`);
  if (new Set(ids).size !== ids.length) problems.push('a finding is there twice');
  if (scan.findingCount !== ids.length) problems.push(`says ${String(scan.findingCount)} findings, has ${String(ids.length)}`);
  if (plan.findingsExpected !== undefined && ids.length !== plan.findingsExpected)
    problems.push(`${String(ids.length)} findings instead of ${String(plan.findingsExpected)}`);
  return problems;
}

// A database takes everything with it: when that is back, `guard/audit` measures.
function tooLate(victim: Victim | undefined, backMs: number | undefined): readonly string[] {
  if (victim === undefined || victim === 'postgres') return [];
  return backMs !== undefined && backMs <= backMsMax ? [] : [`started again after ${String(backMs)} ms`];
}

/** Kills the victim; answers when it has started again. */
async function kill(plan: TrialPlan): Promise<number | undefined> {
  const { victim, logs } = plan;
  if (victim === undefined) return undefined;
  const logFile = join(logs, `${victim}.log`);
  // the victim of the trial before may have left answers on their way, and be dead still
  for (let waitedMs = 0; waitedMs < endMsMax; waitedMs += pollMs) {
    const pid = pidOf(plan.services, victim);
    const before = victim === 'postgres' ? 0 : startsIn(logFile);
    if (pid !== undefined && isKilled(pid)) return victim === 'postgres' ? undefined : untilStarted(logFile, before);
    await sleep(pollMs);
  }
  throw new Error(`there was no ${victim} to kill`);
}

function pidOf(services: KeptStack, victim: Victim): number | undefined {
  const { processes, databasePid } = services.current();
  return { worker: processes.worker(), api: processes.api(), postgres: databasePid }[victim];
}

function isKilled(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

async function endOf(services: KeptStack, scanId: string): Promise<ScanDetailView | undefined> {
  for (let waitedMs = 0; waitedMs < endMsMax; waitedMs += pollMs) {
    const scan = await patiently((client) => client.get(`/v1/scans/${scanId}`, scanDetailSchema), services);
    if (scanEndStates.includes(scan.state)) return scan;
    await sleep(pollMs);
  }
  return undefined;
}

async function findingIds(client: ApiClient, scanId: string): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: { id: string }[]; nextCursor: string | null } = await client.get(
      `/v1/findings?scanId=${scanId}&limit=200${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      pageOf(findingSchema),
    );
    ids.push(...page.items.map((item) => item.id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return ids;
}

// The API and the database may be away for a moment: that is the trial.
async function patiently<T>(ask: (client: ApiClient) => Promise<T>, services: KeptStack): Promise<T> {
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    const { base, tenant } = services.current();
    try {
      return await ask(apiClient(base, tenant.cliToken));
    } catch (error) {
      if (waitedMs > endMsMax) throw error;
      await sleep(pollMs);
    }
  }
}
