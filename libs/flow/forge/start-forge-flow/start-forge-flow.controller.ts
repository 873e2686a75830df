import { startForgeFlow as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { FORGE, type ForgeDeps } from '../forge-deps.ts';
import { startForgeFlow } from './start-forge-flow.ts';

@Controller()
export class StartForgeFlowController {
  readonly #deps: ForgeDeps;

  constructor(@Inject(FORGE) deps: ForgeDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return startForgeFlow(this.#deps, call);
  }
}
