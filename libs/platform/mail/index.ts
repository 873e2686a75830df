export type { Mail, MailError, SendMail } from './mail.ts';
export { openMail, type MailOptions } from './open-mail.ts';
