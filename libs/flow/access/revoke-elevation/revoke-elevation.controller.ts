import { revokeElevation as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { ACCESS, type AccessDeps } from '../access-deps.ts';
import { revokeElevation } from './revoke-elevation.ts';

@Controller()
export class RevokeElevationController {
  readonly #deps: AccessDeps;

  constructor(@Inject(ACCESS) deps: AccessDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return revokeElevation(this.#deps, call.caller, call.params.elevationId);
  }
}
