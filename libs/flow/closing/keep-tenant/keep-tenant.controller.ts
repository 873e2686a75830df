import { keepTenant as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { CLOSING, type ClosingDeps } from '../closing-deps.ts';
import { keepTenant } from './keep-tenant.ts';

@Controller()
export class KeepTenantController {
  readonly #deps: ClosingDeps;

  constructor(@Inject(CLOSING) deps: ClosingDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return keepTenant(this.#deps, call);
  }
}
