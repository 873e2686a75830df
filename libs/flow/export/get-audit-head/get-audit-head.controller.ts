import { getAuditHead as route } from '@lib/contract';
import { ok } from '@lib/kernel';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { EXPORT, type ExportDeps } from '../export-deps.ts';
import { getAuditHead } from './get-audit-head.ts';

@Controller()
export class GetAuditHeadController {
  readonly #deps: ExportDeps;

  constructor(@Inject(EXPORT) deps: ExportDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  async handle(call: Call<typeof route>) {
    return ok(await getAuditHead(this.#deps, call.caller));
  }
}
