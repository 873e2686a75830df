import { closeTenant as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { CLOSING, type ClosingDeps } from '../closing-deps.ts';
import { closeTenant } from './close-tenant.ts';

@Controller()
export class CloseTenantController {
  readonly #deps: ClosingDeps;

  constructor(@Inject(CLOSING) deps: ClosingDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return closeTenant(this.#deps, call);
  }
}
