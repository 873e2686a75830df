import { Fault } from '@lib/kernel';
import { systemClock } from '@lib/platform/clock';
import { readStaffSettings } from '@lib/platform/config';
import { describeError, openServiceLog } from '@lib/platform/telemetry';
import { openStaff } from './open-staff.ts';

// a full disk or a stuck reader costs lines of the log, never the service
const log = openServiceLog({ stream: process.stdout, service: 'staff', clock: systemClock });

try {
  const staff = await openStaff(readStaffSettings(), log);
  let closing = false;
  const close = (): void => {
    if (closing) return;
    closing = true;
    void staff.close().finally(() => process.exit(0));
  };
  process.once('SIGTERM', close);
  process.once('SIGINT', close);
  // without a parent nobody reads the log and nobody will stop us
  process.once('disconnect', close);
  process.send?.({ ready: true, port: staff.port });
  log.info('staff.started', { port: staff.port, page: staff.pageServed });
} catch (error) {
  log.error('staff.start_failed', describeError(error));
  process.exitCode = error instanceof Fault && error.code === 'config.invalid' ? 2 : 1;
  if (process.connected) process.disconnect();
}
