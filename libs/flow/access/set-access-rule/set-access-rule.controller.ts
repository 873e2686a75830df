import { setAccessRule as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { ACCESS, type AccessDeps } from '../access-deps.ts';
import { setAccessRule } from './set-access-rule.ts';

@Controller()
export class SetAccessRuleController {
  readonly #deps: AccessDeps;

  constructor(@Inject(ACCESS) deps: AccessDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return setAccessRule(this.#deps, call);
  }
}
