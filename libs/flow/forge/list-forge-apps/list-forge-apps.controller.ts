import { listForgeApps as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { FORGE, type ForgeDeps } from '../forge-deps.ts';
import { listForgeApps } from './list-forge-apps.ts';

@Controller()
export class ListForgeAppsController {
  readonly #deps: ForgeDeps;

  constructor(@Inject(FORGE) deps: ForgeDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return listForgeApps(this.#deps, call);
  }
}
