import { signInWithCompany as route } from '@lib/contract';
import { ok } from '@lib/kernel';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { IDENTITY, type IdentityDeps } from '../identity-deps.ts';
import { signInWithCompany } from './sign-in-with-company.ts';

@Controller()
export class SignInWithCompanyController {
  readonly #deps: IdentityDeps;

  constructor(@Inject(IDENTITY) deps: IdentityDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  async handle(call: Call<typeof route>) {
    const { client, requestId, origin, flow } = call;
    const started = await signInWithCompany(this.#deps, { query: call.body.query, browser: flow, client, requestId, origin });
    if (!started.ok) return started;
    call.setFlow({ secret: '', maxAgeMs: 0 });
    call.setSession(started.value);
    return ok(undefined);
  }
}
