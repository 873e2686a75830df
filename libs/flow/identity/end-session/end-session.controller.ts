import { endSession as route } from '@lib/contract';
import { ok } from '@lib/kernel';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { IDENTITY, type IdentityDeps } from '../identity-deps.ts';
import { endSession } from './end-session.ts';

@Controller()
export class EndSessionController {
  readonly #deps: IdentityDeps;

  constructor(@Inject(IDENTITY) deps: IdentityDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  async handle(call: Call<typeof route>) {
    await endSession(this.#deps, call.caller);
    call.clearSession();
    return ok(undefined);
  }
}
