import { listPasskeys as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { IDENTITY, type IdentityDeps } from '../identity-deps.ts';
import { listPasskeys } from './list-passkeys.ts';

@Controller()
export class ListPasskeysController {
  readonly #deps: IdentityDeps;

  constructor(@Inject(IDENTITY) deps: IdentityDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return listPasskeys(this.#deps, call.caller);
  }
}
