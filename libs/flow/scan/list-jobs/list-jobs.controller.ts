import { listJobs as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { SCAN, type ScanDeps } from '../scan-deps.ts';
import { listJobs } from './list-jobs.ts';

@Controller()
export class ListJobsController {
  readonly #deps: ScanDeps;

  constructor(@Inject(SCAN) deps: ScanDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return listJobs(this.#deps, call);
  }
}
