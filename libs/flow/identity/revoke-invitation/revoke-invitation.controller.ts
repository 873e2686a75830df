import { revokeInvitation as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { IDENTITY, type IdentityDeps } from '../identity-deps.ts';
import { revokeInvitation } from './revoke-invitation.ts';

@Controller()
export class RevokeInvitationController {
  readonly #deps: IdentityDeps;

  constructor(@Inject(IDENTITY) deps: IdentityDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return revokeInvitation(this.#deps, call.caller, call.params.invitationId);
  }
}
