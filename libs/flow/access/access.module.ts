import { Module, type DynamicModule } from '@nestjs/common';
import { ACCESS, type AccessDeps } from './access-deps.ts';
import { AgreeToElevationController } from './agree-to-elevation/agree-to-elevation.controller.ts';
import { GetAccessRuleController } from './get-access-rule/get-access-rule.controller.ts';
import { ListAccessReadsController } from './list-access-reads/list-access-reads.controller.ts';
import { ListElevationsController } from './list-elevations/list-elevations.controller.ts';
import { RevokeElevationController } from './revoke-elevation/revoke-elevation.controller.ts';
import { SetAccessRuleController } from './set-access-rule/set-access-rule.controller.ts';

@Module({})
class AccessModule {}

/** A tenant's side of operator access, over its dependencies. Staff have another program, at another origin. */
export function accessModule(deps: AccessDeps): DynamicModule {
  return {
    module: AccessModule,
    controllers: [
      ListElevationsController,
      ListAccessReadsController,
      RevokeElevationController,
      AgreeToElevationController,
      GetAccessRuleController,
      SetAccessRuleController,
    ],
    providers: [{ provide: ACCESS, useValue: deps }],
  };
}
