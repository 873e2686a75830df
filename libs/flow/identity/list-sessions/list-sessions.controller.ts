import { listSessions as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { IDENTITY, type IdentityDeps } from '../identity-deps.ts';
import { listSessions } from './list-sessions.ts';

@Controller()
export class ListSessionsController {
  readonly #deps: IdentityDeps;

  constructor(@Inject(IDENTITY) deps: IdentityDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return listSessions(this.#deps, call.caller);
  }
}
