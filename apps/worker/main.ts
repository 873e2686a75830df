import 'reflect-metadata';
import { Fault } from '@lib/kernel';
import { readWorkerSettings } from '@lib/platform/config';
import { describeError, openLog } from '@lib/platform/telemetry';
import { NestFactory } from '@nestjs/core';
import { WorkerModule } from './worker.module.ts';

process.stdout.on('error', () => undefined); // a full disk costs lines of the log, never the service
const log = openLog({ destination: process.stdout, service: 'worker' });
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
