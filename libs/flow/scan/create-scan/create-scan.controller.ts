import { createScan as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { SCAN, type ScanDeps } from '../scan-deps.ts';
import { createScan } from './create-scan.ts';

@Controller()
export class CreateScanController {
  readonly #deps: ScanDeps;

  constructor(@Inject(SCAN) deps: ScanDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return createScan(this.#deps, call);
  }
}
