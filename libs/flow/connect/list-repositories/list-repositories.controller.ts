import { listRepositories as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { CONNECT, type ConnectDeps } from '../connect-deps.ts';
import { listRepositories } from './list-repositories.ts';

@Controller()
export class ListRepositoriesController {
  readonly #deps: ConnectDeps;

  constructor(@Inject(CONNECT) deps: ConnectDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return listRepositories(this.#deps, call.caller, call.query);
  }
}
