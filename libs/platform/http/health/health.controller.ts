import { getHealth, getReady } from '@lib/contract';
import { ok } from '@lib/kernel';
import { Controller, Inject } from '@nestjs/common';
import { Handle } from '../handle.ts';

/** What the answer to `ready` depends on. Throws a Fault when the process cannot serve; notes say what an operator should know. */
export type Readiness = { readonly check: () => Promise<readonly string[]> };

/** Injection token of `Readiness`. */
export const READINESS = Symbol('readiness');

@Controller()
export class HealthController {
  readonly #readiness: Readiness;

  constructor(@Inject(READINESS) readiness: Readiness) {
    this.#readiness = readiness;
  }

  @Handle(getHealth)
  health() {
    return Promise.resolve(ok({ status: 'ok' } as const));
  }

  @Handle(getReady)
  async ready() {
    const notes = await this.#readiness.check();
    return ok({ status: 'ready' as const, notes: [...notes] });
  }
}
