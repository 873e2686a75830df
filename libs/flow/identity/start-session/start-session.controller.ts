import { startSession as route } from '@lib/contract';
import { ok } from '@lib/kernel';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { IDENTITY, type IdentityDeps } from '../identity-deps.ts';
import { startSession } from './start-session.ts';

@Controller()
export class StartSessionController {
  readonly #deps: IdentityDeps;

  constructor(@Inject(IDENTITY) deps: IdentityDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  async handle(call: Call<typeof route>) {
    const started = await startSession(this.#deps, { ...call.body, requestId: call.requestId, client: call.client });
    if (!started.ok) return started;
    call.setSession(started.value);
    return ok(undefined);
  }
}
