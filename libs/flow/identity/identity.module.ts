import { Module, type DynamicModule } from '@nestjs/common';
import { CreateTokenController } from './create-token/create-token.controller.ts';
import { EndSessionController } from './end-session/end-session.controller.ts';
import { GetTenantController } from './get-tenant/get-tenant.controller.ts';
import { ListMembersController } from './list-members/list-members.controller.ts';
import { ChangeRoleController } from './change-role/change-role.controller.ts';
import { AskForPasskeyController } from './ask-for-passkey/ask-for-passkey.controller.ts';
import { AddPasskeyController } from './add-passkey/add-passkey.controller.ts';
import { ListPasskeysController } from './list-passkeys/list-passkeys.controller.ts';
import { RemovePasskeyController } from './remove-passkey/remove-passkey.controller.ts';
import { AskForSignInController } from './ask-for-sign-in/ask-for-sign-in.controller.ts';
import { AskForPresenceController } from './ask-for-presence/ask-for-presence.controller.ts';
import { ListSessionsController } from './list-sessions/list-sessions.controller.ts';
import { RevokeSessionController } from './revoke-session/revoke-session.controller.ts';
import { SignInWithPasskeyController } from './sign-in-with-passkey/sign-in-with-passkey.controller.ts';
import { ListInvitationsController } from './list-invitations/list-invitations.controller.ts';
import { InviteMemberController } from './invite-member/invite-member.controller.ts';
import { RevokeInvitationController } from './revoke-invitation/revoke-invitation.controller.ts';
import { RemoveMemberController } from './remove-member/remove-member.controller.ts';
import { RestoreMemberController } from './restore-member/restore-member.controller.ts';
import { AcceptInvitationController } from './accept-invitation/accept-invitation.controller.ts';
import { GetSsoController } from './get-sso/get-sso.controller.ts';
import { ProveSsoDomainsController } from './prove-sso-domains/prove-sso-domains.controller.ts';
import { RemoveSsoController } from './remove-sso/remove-sso.controller.ts';
import { SetSsoController } from './set-sso/set-sso.controller.ts';
import { SignInWithCompanyController } from './sign-in-with-company/sign-in-with-company.controller.ts';
import { GetScimConfigController } from './get-scim-config/get-scim-config.controller.ts';
import { ListScimKindsController } from './list-scim-kinds/list-scim-kinds.controller.ts';
import { ListScimSchemasController } from './list-scim-schemas/list-scim-schemas.controller.ts';
import { ListScimUsersController } from './list-scim-users/list-scim-users.controller.ts';
import { CreateScimUserController } from './create-scim-user/create-scim-user.controller.ts';
import { GetScimUserController } from './get-scim-user/get-scim-user.controller.ts';
import { ReplaceScimUserController } from './replace-scim-user/replace-scim-user.controller.ts';
import { PatchScimUserController } from './patch-scim-user/patch-scim-user.controller.ts';
import { DeleteScimUserController } from './delete-scim-user/delete-scim-user.controller.ts';
import { ListScimGroupsController } from './list-scim-groups/list-scim-groups.controller.ts';
import { CreateScimGroupController } from './create-scim-group/create-scim-group.controller.ts';
import { GetScimGroupController } from './get-scim-group/get-scim-group.controller.ts';
import { ReplaceScimGroupController } from './replace-scim-group/replace-scim-group.controller.ts';
import { PatchScimGroupController } from './patch-scim-group/patch-scim-group.controller.ts';
import { DeleteScimGroupController } from './delete-scim-group/delete-scim-group.controller.ts';
import { ListCiTrustsController } from './list-ci-trusts/list-ci-trusts.controller.ts';
import { CreateCiTrustController } from './create-ci-trust/create-ci-trust.controller.ts';
import { RemoveCiTrustController } from './remove-ci-trust/remove-ci-trust.controller.ts';
import { ExchangeCiTokenController } from './exchange-ci-token/exchange-ci-token.controller.ts';
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
      AcceptInvitationController,
      ListCiTrustsController,
      CreateCiTrustController,
      RemoveCiTrustController,
      ExchangeCiTokenController,
      GetScimConfigController,
      ListScimKindsController,
      ListScimSchemasController,
      ListScimUsersController,
      CreateScimUserController,
      GetScimUserController,
      ReplaceScimUserController,
      PatchScimUserController,
      DeleteScimUserController,
      ListScimGroupsController,
      CreateScimGroupController,
      GetScimGroupController,
      ReplaceScimGroupController,
      PatchScimGroupController,
      DeleteScimGroupController,
      GetSsoController,
      SetSsoController,
      RemoveSsoController,
      ProveSsoDomainsController,
      SignInWithCompanyController,
      RestoreMemberController,
      RemoveMemberController,
      RevokeInvitationController,
      InviteMemberController,
      ListInvitationsController,
      SignInWithPasskeyController,
      RevokeSessionController,
      ListSessionsController,
      AskForPresenceController,
      AskForSignInController,
      RemovePasskeyController,
      ListPasskeysController,
      AddPasskeyController,
      AskForPasskeyController,
      ChangeRoleController,
      ListMembersController,
    ],
    providers: [{ provide: IDENTITY, useValue: deps }],
  };
}
