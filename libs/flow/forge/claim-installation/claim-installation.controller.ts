import { claimInstallation as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { FORGE, type ForgeDeps } from '../forge-deps.ts';
import { claimInstallation } from './claim-installation.ts';

@Controller()
export class ClaimInstallationController {
  readonly #deps: ForgeDeps;

  constructor(@Inject(FORGE) deps: ForgeDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return claimInstallation(this.#deps, call);
  }
}
