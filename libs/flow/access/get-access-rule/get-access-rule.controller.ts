import { getAccessRule as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { ACCESS, type AccessDeps } from '../access-deps.ts';
import { getAccessRule } from './get-access-rule.ts';

@Controller()
export class GetAccessRuleController {
  readonly #deps: AccessDeps;

  constructor(@Inject(ACCESS) deps: AccessDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return getAccessRule(this.#deps, call.caller);
  }
}
