import { receiveDelivery as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { FORGE, type ForgeDeps } from '../forge-deps.ts';
import { receiveDelivery } from './receive-delivery.ts';

@Controller()
export class ReceiveDeliveryController {
  readonly #deps: ForgeDeps;

  constructor(@Inject(FORGE) deps: ForgeDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return receiveDelivery(this.#deps, call);
  }
}
