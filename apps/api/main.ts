import { Fault } from '@lib/kernel';
import { systemClock } from '@lib/platform/clock';
import { readApiSettings } from '@lib/platform/config';
import { describeError, openServiceLog } from '@lib/platform/telemetry';
import { openApi } from './open-api.ts';

// a full disk or a stuck reader costs lines of the log, never the service
const log = openServiceLog({ stream: process.stdout, service: 'api', clock: systemClock });

try {
  const api = await openApi(readApiSettings(), log);
  let closing = false;
  const close = (): void => {
    if (closing) return;
    closing = true;
    void api.close().finally(() => process.exit(0));
  };
  process.once('SIGTERM', close);
  process.once('SIGINT', close);
  // without a parent nobody reads the log and nobody will stop us
  process.once('disconnect', close);
  process.send?.({ ready: true, port: api.port });
  log.info('api.started', { port: api.port, dashboard: api.dashboardServed });
} catch (error) {
  log.error('api.start_failed', describeError(error));
  process.exitCode = error instanceof Fault && error.code === 'config.invalid' ? 2 : 1;
  if (process.connected) process.disconnect();
}
