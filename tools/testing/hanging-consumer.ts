import { systemClock } from '@lib/platform/clock';
import { openQueue, type QueueLocation } from '@lib/platform/queue';
import { openLog } from '@lib/platform/telemetry';

// A process that takes an entry and never ends it: its kill is what the queue must repair.
const [kind = '', url = '', name = '', leaseMs = ''] = process.argv.slice(2);
const location: QueueLocation = { kind: kind === 'redis' ? 'redis' : 'postgres', url };
const log = openLog({ service: 'hanging consumer', destination: process.stderr, level: 'error' });
const queue = await openQueue({ name, location, log, clock: systemClock });
const onFatal = (fault: Error): never => {
  throw fault;
};
await queue.work({ concurrency: 1, leaseMs: Number(leaseMs), onFatal }, (entry) => {
  process.stdout.write(`${entry.id}\n`);
  return new Promise(() => undefined);
});
