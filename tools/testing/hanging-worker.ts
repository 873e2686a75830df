import { startJobs } from '@lib/guard/jobs';
import { systemClock } from '@lib/platform/clock';
import { openDatabase } from '@lib/platform/db';
import { openQueue } from '@lib/platform/queue';
import { openLog } from '@lib/platform/telemetry';
import { quickSettings } from './quick-settings.ts';

// A worker process that takes jobs and never ends one: what is left of it after a SIGKILL is what recovery must repair.
const [databaseUrl = '', dispatchUrl = '', queueUrl = '', queueName = ''] = process.argv.slice(2);
const log = openLog({ service: 'hanging worker', destination: process.stderr, level: 'error' });
const hang = (job: { readonly id: string }): Promise<never> => {
  process.stdout.write(`${job.id}\n`);
  return new Promise(() => undefined);
};
await startJobs({
  database: openDatabase({ url: databaseUrl, poolMax: 4, applicationName: 'hanging worker' }),
  dispatch: openDatabase({ url: dispatchUrl, poolMax: 2, applicationName: 'hanging worker' }),
  queue: await openQueue({ name: queueName, location: { kind: 'postgres', url: queueUrl }, log, clock: systemClock }),
  handlers: {
    'ingest.seal': hang,
    'scan.analyze': hang,
    'findings.record': hang,
    'evidence.keep': hang,
    'evidence.expire': hang,
    'export.bundle': hang,
    'export.expire': hang,
    'forge.handle': hang,
    'forge.sync': hang,
    'forge.report': hang,
    'forge.reconcile': hang,
    'forge.leave': hang,
    'mail.send': hang,
    'sink.leave': hang,
    'tenant.close': hang,
    'member.leave': hang,
    'access.end': hang,
    'suppression.expire': hang,
  },
  workerId: 'hanging',
  log,
  clock: systemClock,
  onDead: () => Promise.resolve(),
  onAlarm: () => undefined,
  onFatal: (fault) => {
    throw fault;
  },
  settings: quickSettings,
});
