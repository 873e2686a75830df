import { Module, type DynamicModule } from '@nestjs/common';
import type { WorkerSettings } from '@lib/platform/config';
import type { ServiceLog } from '@lib/platform/telemetry';
import { openWorker } from './open-worker.ts';

/** Token of the one thing that this module makes: a running worker, which ends when Nest shuts down. */
export const worker = Symbol('worker');

/** The worker's composition: everything is made in `openWorker`; Nest gives it a life from start to shutdown. */
@Module({})
export class WorkerModule {
  static with(settings: WorkerSettings, log: ServiceLog): DynamicModule {
    return {
      module: WorkerModule,
      providers: [
        {
          provide: worker,
          useFactory: async () => {
            const running = await openWorker(settings, log);
            return { ...running, onApplicationShutdown: running.stop };
          },
        },
      ],
    };
  }
}
