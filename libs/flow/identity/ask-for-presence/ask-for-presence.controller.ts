import { askForPresence as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { IDENTITY, type IdentityDeps } from '../identity-deps.ts';
import { askForPresence } from './ask-for-presence.ts';

@Controller()
export class AskForPresenceController {
  readonly #deps: IdentityDeps;

  constructor(@Inject(IDENTITY) deps: IdentityDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return askForPresence(this.#deps, call);
  }
}
