import { acceptInvitation as route } from '@lib/contract';
import { ok } from '@lib/kernel';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { IDENTITY, type IdentityDeps } from '../identity-deps.ts';
import { acceptInvitation } from './accept-invitation.ts';

@Controller()
export class AcceptInvitationController {
  readonly #deps: IdentityDeps;

  constructor(@Inject(IDENTITY) deps: IdentityDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  async handle(call: Call<typeof route>) {
    const { client, requestId } = call;
    const started = await acceptInvitation(this.#deps, { ...call.body, client, requestId });
    if (!started.ok) return started;
    call.setSession(started.value);
    return ok(undefined);
  }
}
