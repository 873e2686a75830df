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
