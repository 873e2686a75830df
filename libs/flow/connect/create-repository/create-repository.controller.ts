import { createRepository as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { CONNECT, type ConnectDeps } from '../connect-deps.ts';
import { createRepository } from './create-repository.ts';

@Controller()
export class CreateRepositoryController {
  readonly #deps: ConnectDeps;

  constructor(@Inject(CONNECT) deps: ConnectDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return createRepository(this.#deps, call);
  }
}
