import { createToken as route } from '@lib/contract';
import { ok } from '@lib/kernel';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { IDENTITY, type IdentityDeps } from '../identity-deps.ts';
import { createToken } from './create-token.ts';

@Controller()
export class CreateTokenController {
  readonly #deps: IdentityDeps;

  constructor(@Inject(IDENTITY) deps: IdentityDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  async handle(call: Call<typeof route>) {
    return ok(await createToken(this.#deps, call));
  }
}
