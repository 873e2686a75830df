import { getScan as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { SCAN, type ScanDeps } from '../scan-deps.ts';
import { getScan } from './get-scan.ts';

@Controller()
export class GetScanController {
  readonly #deps: ScanDeps;

  constructor(@Inject(SCAN) deps: ScanDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return getScan(this.#deps, call.caller, call.params.scanId);
  }
}
