import { Fault } from '@lib/kernel';
import { systemClock } from '@lib/platform/clock';
import { readShredderSettings } from '@lib/platform/config';
import { describeError, openServiceLog } from '@lib/platform/telemetry';
import { openShredder } from './open-shredder.ts';

// a full disk or a stuck reader costs lines of the log, never the service
const log = openServiceLog({ stream: process.stdout, service: 'shredder', clock: systemClock });

try {
  const shredder = await openShredder(readShredderSettings(), log);
  let closing = false;
  const close = (): void => {
    if (closing) return;
    closing = true;
    void shredder.stop().finally(() => process.exit(0));
  };
  process.once('SIGTERM', close);
  process.once('SIGINT', close);
  // without a parent nobody reads the log and nobody will stop us
  process.once('disconnect', close);
  process.send?.({ ready: true });
  log.info('shredder.started');
} catch (error) {
  log.error('shredder.start_failed', describeError(error));
  process.exitCode = error instanceof Fault && error.code === 'config.invalid' ? 2 : 1;
  if (process.connected) process.disconnect();
}
