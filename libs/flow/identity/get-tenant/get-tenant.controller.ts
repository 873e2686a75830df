import { getTenant as route } from '@lib/contract';
import { ok } from '@lib/kernel';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { IDENTITY, type IdentityDeps } from '../identity-deps.ts';
import { getTenant } from './get-tenant.ts';

@Controller()
export class GetTenantController {
  readonly #deps: IdentityDeps;

  constructor(@Inject(IDENTITY) deps: IdentityDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  async handle(call: Call<typeof route>) {
    return ok(await getTenant(this.#deps, call.caller));
  }
}
