import { getIsolationResult as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { ISOLATION, type IsolationDeps } from '../isolation-deps.ts';
import { getIsolationResult } from './get-isolation-result.ts';

@Controller()
export class GetIsolationResultController {
  readonly #deps: IsolationDeps;

  constructor(@Inject(ISOLATION) deps: IsolationDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle({ caller }: Call<typeof route>) {
    return getIsolationResult(this.#deps, caller);
  }
}
