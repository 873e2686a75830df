import { finishClosing } from '@lib/flow/closing';
import { expireEvidence, keepEvidence } from '@lib/flow/evidence';
import { recordFindings } from '@lib/flow/findings';
import { expireExport, giveUpExport, leaveSink, runExport } from '@lib/flow/export';
import { handleDelivery, leaveForgeApp, reconcileDeliveries, reportScan, syncInstallation } from '@lib/flow/forge';
import { endElevation } from '@lib/flow/access';
import { leaveMember } from '@lib/flow/identity';
import { giveUpMail, sendMail } from '@lib/flow/mail';
import { sealScan } from '@lib/flow/ingest';
import { expireSuppression } from '@lib/flow/review';
import { analyzeScan } from '@lib/flow/scan';
import { recordAudit, startSequencer, startStreaming, startWitnessing, tellLostLines } from '@lib/guard/audit';
import { enqueueJob, startJobs, type DeadJob, type JobHandlers } from '@lib/guard/jobs';
import { endScan, sweepArchives, sweepScanFolders } from '@lib/guard/scans';
import { openTenancy, type TenantTx } from '@lib/guard/tenancy';
import { limits, type JobPayload } from '@lib/contract';
import { systemClock, systemIds } from '@lib/platform/clock';
import type { WorkerSettings } from '@lib/platform/config';
import { checkServer, closeDatabase, openDatabase } from '@lib/platform/db';
import { githubReach, openGithub } from '@lib/platform/forge';
import { openMail } from '@lib/platform/mail';
import { openQueue } from '@lib/platform/queue';
import { localSandbox } from '@lib/platform/sandbox';
import { describeError, type Log, type ServiceLog } from '@lib/platform/telemetry';
import { openSealingVault } from '@lib/platform/vault';
import { openDeliver } from '@lib/platform/sinks';
import { openWitnessClient } from '@lib/platform/witness';
import { openSandbox } from './open-sandbox.ts';

/** A worker that takes jobs and writes the audit log until it is stopped. */
export type RunningWorker = { readonly stop: () => Promise<void> };

const poolMax = 3 * limits.workerConcurrency; // each job holds at most two connections, the dispatcher one
const dispatchPoolMax = 4; // asks whose turn it is, and opens jobs: each answer takes a fraction of a millisecond

/** Opens what jobs need, and starts taking them. Errors: Faults of the database, the queue, the keyring. */
export async function openWorker(settings: WorkerSettings, log: ServiceLog): Promise<RunningWorker> {
  await checkServer({ url: settings.AEGIS_WORKER_DATABASE_URL, mayBeOld: settings.AEGIS_ENVIRONMENT === 'embedded' });
  const { database, auditDatabase, dispatch } = openPools(settings);
  const { kms, objects, keeper } = await openSealingVault(
    { keys: settings.AEGIS_KEYS, objects: settings.AEGIS_OBJECTS, keeperProfile: settings.AEGIS_OBJECTS_KEEPER_PROFILE },
    systemClock,
  );
  const queue = await openQueue({ name: 'jobs', location: settings.AEGIS_QUEUE_URL, log, clock: systemClock });
  const deps = {
    tenancy: tellLostLines(openTenancy(database), { clock: systemClock, ids: systemIds, log }),
    dispatch,
    sandbox: openSandbox(settings, log),
    unpacker: localSandbox({ runtimeDirectory: settings.AEGIS_SANDBOX_RUNTIME }), // here, wherever analyses run: it needs the work folder
    clock: systemClock,
    ids: systemIds,
    workDirectory: settings.AEGIS_WORK_DIRECTORY,
    kms,
    objects,
    keeper,
    forge: openGithub(settings, { signer: kms, log }),
    reach: githubReach(settings),
    publicOrigin: settings.AEGIS_PUBLIC_ORIGIN,
    send: openMail({ setting: settings.AEGIS_MAIL, from: settings.AEGIS_MAIL_FROM }),
  };
  const sweeps = await sweepEvery(deps, log);
  const auditParts = { database: auditDatabase, dispatch, keys: { kms, host: settings.AEGIS_AUDIT_HOST }, log };
  const sequencer = startSequencer(auditParts);
  const witnessing = startWitnessing({ ...auditParts, ask: openWitnessClient() });
  const streaming = startStreaming({
    ...auditParts,
    secrets: kms,
    deliver: openDeliver({ clock: systemClock }),
    host: settings.AEGIS_AUDIT_HOST,
  });
  const jobs = await startJobs({
    database,
    dispatch,
    queue,
    handlers: handlersOf(deps),
    workerId: systemIds.uuid(),
    log,
    clock: systemClock,
    onDead: (tx, job) => buryWork(tx, job),
    onAlarm: (alarm) => log.error('job.tenant_mismatched', { jobId: alarm.jobId, tenantId: alarm.tenantId }),
    onFatal: (fault) => {
      log.error('queue.failed', { errorCode: fault.code });
      process.exitCode = 1;
      process.kill(process.pid, 'SIGTERM'); // the supervisor starts a new one
    },
  });
  return {
    stop: async () => {
      await sweeps.stop();
      await jobs.stop();
      await queue.close();
      await Promise.all([sequencer.stop(), witnessing.stop(), streaming.stop()]);
      await Promise.all([closeDatabase(database), closeDatabase(auditDatabase), closeDatabase(dispatch)]);
    },
  };
}

// Each role has its own: what runs as one cannot speak as another.
function openPools({ AEGIS_DATABASE_POOLED: pooled, ...settings }: WorkerSettings) {
  const auditPoolMax = limits.auditTurnsAtOnce + limits.auditWitnessAtOnce + limits.auditSinkAtOnce;
  return {
    database: openDatabase({ url: settings.AEGIS_WORKER_DATABASE_URL, poolMax, applicationName: 'aegis-worker', pooled }),
    auditDatabase: openDatabase({ url: settings.AEGIS_AUDIT_DATABASE_URL, poolMax: auditPoolMax, applicationName: 'aegis-audit', pooled }),
    dispatch: openDatabase({
      url: settings.AEGIS_DISPATCH_DATABASE_URL,
      poolMax: dispatchPoolMax,
      applicationName: 'aegis-dispatch',
      pooled,
    }),
  };
}

type JobDeps = Parameters<typeof sealScan>[0] &
  Parameters<typeof analyzeScan>[0] &
  Parameters<typeof recordFindings>[0] &
  Parameters<typeof keepEvidence>[0] &
  Parameters<typeof expireEvidence>[0] &
  Parameters<typeof runExport>[0] &
  Parameters<typeof expireExport>[0] &
  Parameters<typeof handleDelivery>[0] &
  Parameters<typeof sendMail>[0] &
  Parameters<typeof finishClosing>[0] &
  Parameters<typeof leaveMember>[0] &
  Parameters<typeof endElevation>[0];

function handlersOf(deps: JobDeps): JobHandlers {
  return {
    'ingest.seal': (job) => sealScan(deps, job),
    'scan.analyze': (job) => analyzeScan(deps, job),
    'findings.record': (job) => recordFindings(deps, job),
    'evidence.keep': (job) => keepEvidence(deps, job),
    'evidence.expire': (job) => expireEvidence(deps, job),
    'export.bundle': (job) => runExport(deps, job),
    'export.expire': (job) => expireExport(deps, job),
    'forge.handle': (job) => handleDelivery(deps, job),
    'forge.sync': (job) => syncInstallation(deps, job),
    'forge.report': (job) => reportScan(deps, job),
    'forge.reconcile': (job) => reconcileDeliveries(deps, job),
    'mail.send': (job) => sendMail(deps, job),
    'tenant.close': (job) => finishClosing(deps, job),
    'forge.leave': (job) => leaveForgeApp(deps, job),
    'sink.leave': (job) => leaveSink(deps, job),
    'member.leave': (job) => leaveMember(deps, job),
    'access.end': (job) => endElevation(deps, job),
    'suppression.expire': (job) => expireSuppression(deps, job),
  };
}

type Sweeping = Parameters<typeof sweepScanFolders>[0] & Parameters<typeof sweepArchives>[0];

// Once before the first job, for what a killed worker left, and now and then: a scan that is cancelled or given up ends outside of its
// handler, which then cannot clear up after itself.
async function sweepEvery(deps: Sweeping, log: Log): Promise<{ readonly stop: () => Promise<void> }> {
  const sweep = async (): Promise<void> => {
    await sweepScanFolders(deps);
    await sweepArchives(deps);
  };
  await sweep();
  let sweeping = Promise.resolve();
  const timer = setInterval(() => {
    sweeping = sweep().catch((error: unknown) => log.warn('scans.sweep_failed', describeError(error)));
  }, limits.scanFolderSweepMs);
  return {
    stop: () => {
      clearInterval(timer);
      return sweeping;
    },
  };
}

// In the transaction that gives a job up: what it was for ends too, and both are in the log.
async function buryWork(tx: TenantTx, job: DeadJob): Promise<void> {
  const deps = { clock: systemClock, ids: systemIds };
  const targets = [{ type: 'job', id: job.id }];
  const detail = { kind: job.kind, errorCode: job.errorCode, attempts: job.attempts };
  await recordAudit(tx, { action: 'job.dead', targets, outcome: 'failure', detail }, deps);
  if (job.payload === undefined) return;
  const { errorCode } = job;
  // what could not be cleared away, or told to a forge, stands among the dead jobs, for a person
  if (job.kind === 'forge.report') return;
  if (job.kind === 'tenant.close') return closeAgain(tx);
  if (job.kind === 'mail.send' && 'mailId' in job.payload) return giveUpMail(deps, tx, { mailId: job.payload.mailId, errorCode });
  if (job.kind === 'forge.reconcile' && 'forgeAppId' in job.payload) await lookAgain(tx, job.payload);
  else if ('scanId' in job.payload) await endScan(deps, tx, { scanId: job.payload.scanId, state: 'failed', errorCode });
  else if (job.kind === 'export.bundle' && 'exportId' in job.payload)
    await giveUpExport(deps, tx, { exportId: job.payload.exportId, errorCode });
}

// One look that failed for good is not the end of looking.
async function lookAgain(tx: TenantTx, payload: JobPayload<'forge.reconcile'>): Promise<void> {
  const dueAt = new Date(systemClock.nowMs() + limits.forgeReconcileMs).toISOString();
  await enqueueJob(tx, 'forge.reconcile', payload, systemIds, dueAt);
}

// What an account held goes, however often a worker has failed at it.
async function closeAgain(tx: TenantTx): Promise<void> {
  const dueAt = new Date(systemClock.nowMs() + limits.offboardingGraceMs).toISOString();
  await enqueueJob(tx, 'tenant.close', { tenantId: tx.context.tenantId }, systemIds, dueAt);
}
