import { signSuppression as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { REVIEW, type ReviewDeps } from '../review-deps.ts';
import { signSuppression } from './sign-suppression.ts';

@Controller()
export class SignSuppressionController {
  readonly #deps: ReviewDeps;

  constructor(@Inject(REVIEW) deps: ReviewDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return signSuppression(this.#deps, call);
  }
}
