import { verifyInstallation as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { FORGE, type ForgeDeps } from '../forge-deps.ts';
import { verifyInstallation } from './verify-installation.ts';

@Controller()
export class VerifyInstallationController {
  readonly #deps: ForgeDeps;

  constructor(@Inject(FORGE) deps: ForgeDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return verifyInstallation(this.#deps, call);
  }
}
