import { acknowledgeAlarm as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { EVIDENCE, type EvidenceDeps } from '../evidence-deps.ts';
import { acknowledgeAlarm } from './acknowledge-alarm.ts';

@Controller()
export class AcknowledgeAlarmController {
  readonly #deps: EvidenceDeps;

  constructor(@Inject(EVIDENCE) deps: EvidenceDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return acknowledgeAlarm(this.#deps, call);
  }
}
