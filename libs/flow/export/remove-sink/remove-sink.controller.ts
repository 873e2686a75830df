import { removeSink as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { EXPORT, type ExportDeps } from '../export-deps.ts';
import { removeSink } from './remove-sink.ts';

@Controller()
export class RemoveSinkController {
  readonly #deps: ExportDeps;

  constructor(@Inject(EXPORT) deps: ExportDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return removeSink(this.#deps, call);
  }
}
