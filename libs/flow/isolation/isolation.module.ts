import { Module, type DynamicModule } from '@nestjs/common';
import { GetIsolationResultController } from './get-isolation-result/get-isolation-result.controller.ts';
import { ISOLATION, type IsolationDeps } from './isolation-deps.ts';
import { RunIsolationProbeController } from './run-isolation-probe/run-isolation-probe.controller.ts';

@Module({})
class IsolationModule {}

/** The probe that a tenant runs against a decoy, over its dependencies. */
export function isolationModule(deps: IsolationDeps): DynamicModule {
  return {
    module: IsolationModule,
    controllers: [RunIsolationProbeController, GetIsolationResultController],
    providers: [{ provide: ISOLATION, useValue: deps }],
  };
}
