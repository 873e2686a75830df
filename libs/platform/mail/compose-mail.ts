import type { SendMailOptions } from 'nodemailer';
import type { Mail } from './mail.ts';

/** A message as the library takes it: one recipient, plain text, no file or address that it would read by itself. Source: RFC 5322, RFC 3834. */
export function composeMail({ id, to, subject, text }: Mail, from: string): SendMailOptions {
  return {
    from,
    to: { name: '', address: to },
    subject,
    text,
    messageId: `<${id}@${from.replace(/^.*@|>$/gu, '')}>`,
    headers: { 'auto-submitted': 'auto-generated' }, // no holiday notice comes back
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
