import { auditEntrySchema, auditHeadSchema, pageOf, verifyAudit, type AuditEntryView } from '@lib/contract';
import { setTimeout as sleep } from 'node:timers/promises';
import { apiClient, type ApiClient } from '../../apps/cli/up/api-client.ts';
import type { Stack } from '../../apps/cli/up/start-stack.ts';
import type { LoadCount } from './keep-load.ts';
import type { Trial } from './run-trial.ts';

const pendingMsMax = 60_000;

/** Reads the audit log of all trials: it must verify, each scan must have been requested once and ended once, and each
 * question that was answered must have its event. Answers what is wrong. */
export async function readLedger(services: Stack, trials: readonly Trial[], load: LoadCount): Promise<readonly string[]> {
  const client = apiClient(services.base, services.tenant.cliToken);
  await untilSequenced(client);
  const verdict = await client.post(verifyAudit.path, {}, verifyAudit.answers[200].schema);
  const entries = await everyEntry(client);
  const problems = verdict.ok ? [] : [`the audit log does not verify: ${verdict.reason ?? ''} at ${String(verdict.failedIndex)}`];
  const indexes = entries.map((entry) => entry.index).toSorted((a, b) => a - b);
  if (indexes.some((index, position) => index !== position)) problems.push('the log has a gap or a double');
  if (new Set(entries.map((entry) => entry.event.id)).size !== entries.length) problems.push('an event is in the log twice');
  const listed = entries.filter(({ event }) => event.action === 'tokens.listed').length;
  if (listed < load.answered || listed > load.asked)
    problems.push(`${String(load.answered)} of ${String(load.asked)} questions were answered, and ${String(listed)} are in the log`);
  for (const trial of trials) {
    for (const action of ['scan.requested', 'scan.sealed', 'scan.analyzed', 'scan.finished'] as const) {
      const count = entries.filter(
        ({ event }) => event.action === action && event.targets.some((target) => target.id === trial.scanId),
      ).length;
      if (count !== 1) problems.push(`scan ${trial.scanId}: ${String(count)} × ${action}`);
    }
  }
  return problems;
}

async function untilSequenced(client: ApiClient): Promise<void> {
  for (let waitedMs = 0; waitedMs < pendingMsMax; waitedMs += 100) {
    const head = await client.get('/v1/audit/head', auditHeadSchema);
    if (head.pending === 0) return;
    await sleep(100);
  }
}

async function everyEntry(client: ApiClient): Promise<readonly AuditEntryView[]> {
  const entries: AuditEntryView[] = [];
  let cursor = '';
  for (;;) {
    const page = await client.get(`/v1/audit/entries?limit=200${cursor}`, pageOf(auditEntrySchema));
    entries.push(...page.items);
    if (page.nextCursor === null) return entries;
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
  }
}
