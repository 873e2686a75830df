import { Fault } from '@lib/kernel';
import { readApiSettings } from '@lib/platform/config';
import { describeError, openLog } from '@lib/platform/telemetry';
import { openApi } from './open-api.ts';

process.stdout.on('error', () => undefined); // a full disk costs lines of the log, never the service
const log = openLog({ destination: process.stdout, service: 'api' });

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
