import { getFinding as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { REVIEW, type ReviewDeps } from '../review-deps.ts';
import { getFinding } from './get-finding.ts';

@Controller()
export class GetFindingController {
  readonly #deps: ReviewDeps;

  constructor(@Inject(REVIEW) deps: ReviewDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return getFinding(this.#deps, call.caller, call.params.findingId);
  }
}
