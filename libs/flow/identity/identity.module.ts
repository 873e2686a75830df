import { Module, type DynamicModule } from '@nestjs/common';
import { CreateTokenController } from './create-token/create-token.controller.ts';
import { EndSessionController } from './end-session/end-session.controller.ts';
import { GetTenantController } from './get-tenant/get-tenant.controller.ts';
import { ListMembersController } from './list-members/list-members.controller.ts';
import { ChangeRoleController } from './change-role/change-role.controller.ts';
import { IDENTITY, type IdentityDeps } from './identity-deps.ts';
import { ListTokensController } from './list-tokens/list-tokens.controller.ts';
import { RevokeTokenController } from './revoke-token/revoke-token.controller.ts';
import { StartSessionController } from './start-session/start-session.controller.ts';

@Module({})
class IdentityModule {}

/** The endpoints of this slice over their dependencies. */
export function identityModule(deps: IdentityDeps): DynamicModule {
  return {
    module: IdentityModule,
    controllers: [
      GetTenantController,
      ListTokensController,
      CreateTokenController,
      RevokeTokenController,
      StartSessionController,
      EndSessionController,
      ChangeRoleController,
      ListMembersController,
    ],
    providers: [{ provide: IDENTITY, useValue: deps }],
  };
}
