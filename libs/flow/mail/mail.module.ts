import { Module, type DynamicModule } from '@nestjs/common';
import { ListMailsController } from './list-mails/list-mails.controller.ts';
import { MAIL, type MailDeps } from './mail-deps.ts';

@Module({})
class MailModule {}

/** What became of messages to members, over its dependencies. */
export function mailModule(deps: MailDeps): DynamicModule {
  return { module: MailModule, controllers: [ListMailsController], providers: [{ provide: MAIL, useValue: deps }] };
}
