import { runIsolationProbe as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { ISOLATION, type IsolationDeps } from '../isolation-deps.ts';
import { runIsolationProbe } from './run-isolation-probe.ts';

@Controller()
export class RunIsolationProbeController {
  readonly #deps: IsolationDeps;

  constructor(@Inject(ISOLATION) deps: IsolationDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return runIsolationProbe(this.#deps, call);
  }
}
