import { cancelScan as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { SCAN, type ScanDeps } from '../scan-deps.ts';
import { cancelScan } from './cancel-scan.ts';

@Controller()
export class CancelScanController {
  readonly #deps: ScanDeps;

  constructor(@Inject(SCAN) deps: ScanDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return cancelScan(this.#deps, call);
  }
}
