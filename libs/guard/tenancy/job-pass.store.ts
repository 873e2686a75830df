import { z } from 'zod';
import type { JobId, TenantId, TenantPass } from '@lib/contract';
import { lendConnection, sql, type Database } from '@lib/platform/db';
import { renewedPass } from './renewed-pass.ts';

/** One attempt at one job, and the secret that shows that it was handed over. `attempt`: how many there were before. */
export type JobTicket = { readonly tenantId: TenantId; readonly jobId: JobId; readonly attempt: number; readonly ticket: string };

const openedSchema = z.object({ pass: z.string().nullable() });
const overSchema = z.object({ over: z.boolean() });

/**
 * The pass for a job, against its ticket: it lasts while the job waits for this attempt or this attempt holds its lease. Undefined: the
 * ticket is wrong or old, or the job is not waiting for it. `database` is a pool of `aegis_dispatch`.
 */
export async function openJobPass(database: Database, job: JobTicket): Promise<TenantPass | undefined> {
  const ask = (): Promise<string | undefined> => askForPass(database, job);
  const first = await ask();
  return first === undefined ? undefined : renewedPass(ask, first);
}

/** Whether a scan is over, or never was: for clearing up after it. `database` is a pool of `aegis_dispatch`. */
export async function scanIsOver(database: Database, scan: { readonly tenantId: TenantId; readonly scanId: string }): Promise<boolean> {
  const answer = await lendConnection(database, (connection) =>
    connection.send(sql('dispatch.scan-is-over')`select ops.scan_is_over(${scan.tenantId}, ${scan.scanId}) as over`),
  );
  return overSchema.parse(answer.rows[0]).over;
}

async function askForPass(database: Database, job: JobTicket): Promise<string | undefined> {
  const answer = await lendConnection(database, (connection) =>
    connection.send(sql('dispatch.open-job')`select ops.open_job(${job.tenantId}, ${job.jobId}, ${job.attempt}, ${job.ticket}) as pass`),
  );
  return openedSchema.parse(answer.rows[0]).pass ?? undefined;
}
