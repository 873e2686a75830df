import { listMails as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { MAIL, type MailDeps } from '../mail-deps.ts';
import { listMails } from './list-mails.ts';

@Controller()
export class ListMailsController {
  readonly #deps: MailDeps;

  constructor(@Inject(MAIL) deps: MailDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle({ caller, query }: Call<typeof route>) {
    return listMails(this.#deps, caller, query);
  }
}
