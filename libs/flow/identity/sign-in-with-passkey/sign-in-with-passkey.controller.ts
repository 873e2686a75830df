import { signInWithPasskey as route } from '@lib/contract';
import { ok } from '@lib/kernel';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { IDENTITY, type IdentityDeps } from '../identity-deps.ts';
import { signInWithPasskey } from './sign-in-with-passkey.ts';

@Controller()
export class SignInWithPasskeyController {
  readonly #deps: IdentityDeps;

  constructor(@Inject(IDENTITY) deps: IdentityDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  async handle(call: Call<typeof route>) {
    const { client, requestId, origin } = call;
    const started = await signInWithPasskey(this.#deps, { response: call.body.response, client, requestId, origin });
    if (!started.ok) return started;
    call.setSession(started.value);
    return ok(undefined);
  }
}
