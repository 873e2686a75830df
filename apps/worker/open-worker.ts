import { recordFindings } from '@lib/flow/findings';
import { sealScan } from '@lib/flow/ingest';
import { analyzeScan } from '@lib/flow/scan';
import { recordAudit, startSequencer } from '@lib/guard/audit';
import { startJobs, type DeadJob, type JobHandlers } from '@lib/guard/jobs';
import { endScan, sweepScanFolders } from '@lib/guard/scans';
import { openTenancy, type TenantTx } from '@lib/guard/tenancy';
import { limits } from '@lib/contract';
import { systemClock, systemIds } from '@lib/platform/clock';
import type { WorkerSettings } from '@lib/platform/config';
import { closeDatabase, openDatabase } from '@lib/platform/db';
import { openQueue } from '@lib/platform/queue';
import { localSandbox } from '@lib/platform/sandbox';
import type { Log } from '@lib/platform/telemetry';
import { openVault } from '@lib/platform/vault';

/** A worker that takes jobs and writes the audit log until it is stopped. */
export type RunningWorker = { readonly stop: () => Promise<void> };

const poolMax = 3 * limits.workerConcurrency; // each job holds at most two connections, the dispatcher one
const logHost = 'audit.aegis.local';

/** Opens what jobs need, and starts taking them. Errors: Faults of the database, the queue, the keyring. */
export async function openWorker(settings: WorkerSettings, log: Log): Promise<RunningWorker> {
  const database = openDatabase({ url: settings.AEGIS_WORKER_DATABASE_URL, poolMax, applicationName: 'aegis-worker' });
  const auditDatabase = openDatabase({
    url: settings.AEGIS_AUDIT_DATABASE_URL,
    poolMax: limits.auditTurnsAtOnce,
    applicationName: 'aegis-audit',
  });
  const { kms, objects } = await openVault({ keys: settings.AEGIS_KEYS, objects: settings.AEGIS_OBJECTS }, systemClock);
  const queue = await openQueue({ name: 'jobs', location: settings.AEGIS_QUEUE_URL, log, clock: systemClock });
  const deps = {
    tenancy: openTenancy(database),
    sandbox: localSandbox({ runtimeDirectory: settings.AEGIS_SANDBOX_RUNTIME }),
    clock: systemClock,
    ids: systemIds,
    workDirectory: settings.AEGIS_WORK_DIRECTORY,
    kms,
    objects,
  };
  const handlers: JobHandlers = {
    'ingest.seal': (job) => sealScan(deps, job),
    'scan.analyze': (job) => analyzeScan(deps, job),
    'findings.record': (job) => recordFindings(deps, job),
  };
  await sweepScanFolders(deps);
  const sequencer = startSequencer({ database: auditDatabase, keys: { kms, host: logHost }, log });
  const jobs = await startJobs({
    database,
    queue,
    handlers,
    workerId: systemIds.uuid(),
    log,
    clock: systemClock,
    onDead: (tx, job) => buryScan(tx, job),
    onAlarm: (alarm) => log.error('job.tenant_mismatched', { jobId: alarm.jobId, tenantId: alarm.tenantId }),
    onFatal: (fault) => {
      log.error('queue.failed', { errorCode: fault.code });
      process.exitCode = 1;
      process.kill(process.pid, 'SIGTERM'); // the supervisor starts a new one
    },
  });
  return {
    stop: async () => {
      await jobs.stop();
      await queue.close();
      await sequencer.stop();
      await Promise.all([closeDatabase(database), closeDatabase(auditDatabase)]);
    },
  };
}

// In the transaction that gives a job up: its scan ends too, and both are in the log.
async function buryScan(tx: TenantTx, job: DeadJob): Promise<void> {
  const deps = { clock: systemClock, ids: systemIds };
  const targets = [{ type: 'job', id: job.id }];
  const detail = { kind: job.kind, errorCode: job.errorCode, attempts: job.attempts };
  await recordAudit(tx, { action: 'job.dead', targets, outcome: 'failure', detail }, deps);
  if (job.payload !== undefined) await endScan(deps, tx, { scanId: job.payload.scanId, state: 'failed', errorCode: job.errorCode });
}
