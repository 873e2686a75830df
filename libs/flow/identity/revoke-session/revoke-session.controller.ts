import { revokeSession as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { IDENTITY, type IdentityDeps } from '../identity-deps.ts';
import { revokeSession } from './revoke-session.ts';

@Controller()
export class RevokeSessionController {
  readonly #deps: IdentityDeps;

  constructor(@Inject(IDENTITY) deps: IdentityDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return revokeSession(this.#deps, call.caller, call.params.sessionId);
  }
}
