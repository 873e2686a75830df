import { listScans as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { SCAN, type ScanDeps } from '../scan-deps.ts';
import { listScans } from './list-scans.ts';

@Controller()
export class ListScansController {
  readonly #deps: ScanDeps;

  constructor(@Inject(SCAN) deps: ScanDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return listScans(this.#deps, call);
  }
}
