import { listSuppressions as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { REVIEW, type ReviewDeps } from '../review-deps.ts';
import { listSuppressions } from './list-suppressions.ts';

@Controller()
export class ListSuppressionsController {
  readonly #deps: ReviewDeps;

  constructor(@Inject(REVIEW) deps: ReviewDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return listSuppressions(this.#deps, call);
  }
}
