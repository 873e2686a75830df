import { listAuditEntries as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { EXPORT, type ExportDeps } from '../export-deps.ts';
import { listAuditEntries } from './list-audit-entries.ts';

@Controller()
export class ListAuditEntriesController {
  readonly #deps: ExportDeps;

  constructor(@Inject(EXPORT) deps: ExportDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return listAuditEntries(this.#deps, call);
  }
}
