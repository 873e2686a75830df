import { listSinks as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { EXPORT, type ExportDeps } from '../export-deps.ts';
import { listSinks } from './list-sinks.ts';

@Controller()
export class ListSinksController {
  readonly #deps: ExportDeps;

  constructor(@Inject(EXPORT) deps: ExportDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return listSinks(this.#deps, call);
  }
}
