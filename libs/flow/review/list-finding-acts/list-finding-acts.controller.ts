import { listFindingActs as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { REVIEW, type ReviewDeps } from '../review-deps.ts';
import { listFindingActs } from './list-finding-acts.ts';

@Controller()
export class ListFindingActsController {
  readonly #deps: ReviewDeps;

  constructor(@Inject(REVIEW) deps: ReviewDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return listFindingActs(this.#deps, call);
  }
}
