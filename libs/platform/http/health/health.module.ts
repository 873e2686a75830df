import { Module, type DynamicModule } from '@nestjs/common';
import { HealthController, READINESS, type Readiness } from './health.controller.ts';

@Module({})
class HealthModule {}

/** The two endpoints that orchestrators ask: is the process alive, can it serve. */
export function healthModule(readiness: Readiness): DynamicModule {
  return { module: HealthModule, controllers: [HealthController], providers: [{ provide: READINESS, useValue: readiness }] };
}
