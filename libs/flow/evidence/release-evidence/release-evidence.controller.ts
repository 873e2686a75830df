import { releaseEvidence as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { EVIDENCE, type EvidenceDeps } from '../evidence-deps.ts';
import { releaseEvidence } from './release-evidence.ts';

@Controller()
export class ReleaseEvidenceController {
  readonly #deps: EvidenceDeps;

  constructor(@Inject(EVIDENCE) deps: EvidenceDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return releaseEvidence(this.#deps, call);
  }
}
