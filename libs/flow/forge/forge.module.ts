import { Module, type DynamicModule } from '@nestjs/common';
import { ClaimInstallationController } from './claim-installation/claim-installation.controller.ts';
import { FORGE, type ForgeDeps } from './forge-deps.ts';
import { ListForgeAppsController } from './list-forge-apps/list-forge-apps.controller.ts';
import { ReceiveDeliveryController } from './receive-delivery/receive-delivery.controller.ts';
import { RegisterForgeAppController } from './register-forge-app/register-forge-app.controller.ts';
import { RemoveForgeAppController } from './remove-forge-app/remove-forge-app.controller.ts';
import { RestoreForgeAppController } from './restore-forge-app/restore-forge-app.controller.ts';
import { StartForgeFlowController } from './start-forge-flow/start-forge-flow.controller.ts';
import { VerifyInstallationController } from './verify-installation/verify-installation.controller.ts';

@Module({})
class ForgeModule {}

/** The endpoints of this slice over their dependencies. */
export function forgeModule(deps: ForgeDeps): DynamicModule {
  return {
    module: ForgeModule,
    controllers: [
      ListForgeAppsController,
      StartForgeFlowController,
      RegisterForgeAppController,
      ClaimInstallationController,
      VerifyInstallationController,
      ReceiveDeliveryController,
      RemoveForgeAppController,
      RestoreForgeAppController,
    ],
    providers: [{ provide: FORGE, useValue: deps }],
  };
}
