import { listAccessReads as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { ACCESS, type AccessDeps } from '../access-deps.ts';
import { listAccessReads } from './list-access-reads.ts';

@Controller()
export class ListAccessReadsController {
  readonly #deps: AccessDeps;

  constructor(@Inject(ACCESS) deps: AccessDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return listAccessReads(this.#deps, call.caller, call.params.elevationId);
  }
}
