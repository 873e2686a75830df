import { Fault } from '@lib/kernel';
import { readStaffSettings } from '@lib/platform/config';
import { describeError, openLog } from '@lib/platform/telemetry';
import { openStaff } from './open-staff.ts';

process.stdout.on('error', () => undefined); // a full disk costs lines of the log, never the service
const log = openLog({ destination: process.stdout, service: 'staff' });

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
