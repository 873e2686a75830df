import { getRepository as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { CONNECT, type ConnectDeps } from '../connect-deps.ts';
import { getRepository } from './get-repository.ts';

@Controller()
export class GetRepositoryController {
  readonly #deps: ConnectDeps;

  constructor(@Inject(CONNECT) deps: ConnectDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return getRepository(this.#deps, call.caller, call.params.repositoryId);
  }
}
