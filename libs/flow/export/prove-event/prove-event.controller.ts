import { proveEvent as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { EXPORT, type ExportDeps } from '../export-deps.ts';
import { proveEvent } from './prove-event.ts';

@Controller()
export class ProveEventController {
  readonly #deps: ExportDeps;

  constructor(@Inject(EXPORT) deps: ExportDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return proveEvent(this.#deps, call);
  }
}
