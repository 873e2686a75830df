import { agreeToElevation as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { ACCESS, type AccessDeps } from '../access-deps.ts';
import { agreeToElevation } from './agree-to-elevation.ts';

@Controller()
export class AgreeToElevationController {
  readonly #deps: AccessDeps;

  constructor(@Inject(ACCESS) deps: AccessDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return agreeToElevation(this.#deps, call.caller, call.params.elevationId);
  }
}
