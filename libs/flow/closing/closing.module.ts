import { Module, type DynamicModule } from '@nestjs/common';
import { CloseTenantController } from './close-tenant/close-tenant.controller.ts';
import { CLOSING, type ClosingDeps } from './closing-deps.ts';
import { KeepTenantController } from './keep-tenant/keep-tenant.controller.ts';

@Module({})
class ClosingModule {}

/** The end of an account, over its dependencies. */
export function closingModule(deps: ClosingDeps): DynamicModule {
  return {
    module: ClosingModule,
    controllers: [CloseTenantController, KeepTenantController],
    providers: [{ provide: CLOSING, useValue: deps }],
  };
}
