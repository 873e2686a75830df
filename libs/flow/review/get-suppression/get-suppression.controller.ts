import { getSuppression as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { REVIEW, type ReviewDeps } from '../review-deps.ts';
import { getSuppression } from './get-suppression.ts';

@Controller()
export class GetSuppressionController {
  readonly #deps: ReviewDeps;

  constructor(@Inject(REVIEW) deps: ReviewDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return getSuppression(this.#deps, call);
  }
}
