import 'reflect-metadata';
import { Fault } from '@lib/kernel';
import { systemClock } from '@lib/platform/clock';
import { readWorkerSettings } from '@lib/platform/config';
import { describeError, openServiceLog } from '@lib/platform/telemetry';
import { NestFactory } from '@nestjs/core';
import { WorkerModule } from './worker.module.ts';

// a full disk or a stuck reader costs lines of the log, never the service
const log = openServiceLog({ stream: process.stdout, service: 'worker', clock: systemClock });
const nestSettings = { logger: false, abortOnError: false } as const; // our own log says what there is to say

try {
  const application = await NestFactory.createApplicationContext(WorkerModule.with(readWorkerSettings(), log), nestSettings);
  application.enableShutdownHooks();
  process.send?.({ ready: true });
  log.info('worker.started');
} catch (error) {
  log.error('worker.start_failed', describeError(error));
  process.exitCode = error instanceof Fault && error.code === 'config.invalid' ? 2 : 1;
  if (process.connected) process.disconnect();
}
