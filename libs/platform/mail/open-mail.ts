import { err } from '@lib/kernel';
import type { MailSetting } from '@lib/platform/config';
import type { SendMail } from './mail.ts';
import { sendSmtp } from './send-smtp.ts';
import { writeMail } from './write-mail.ts';

/** `from`: as it stands in the message. `ca`: roots in PEM instead of the public ones. */
export type MailOptions = { readonly setting: MailSetting | undefined; readonly from: string; readonly ca?: string | undefined };

/** Opens the way out for mail: a server, a folder for one machine, or none. */
export function openMail({ setting, from, ca }: MailOptions): SendMail {
  if (setting === undefined) return () => Promise.resolve(err({ code: 'mail.not_configured' }));
  return setting.kind === 'folder' ? writeMail({ folder: setting.folder, from }) : sendSmtp({ url: setting.url, from, ca });
}
