import { createTransport } from 'nodemailer';
import { limits } from '@lib/contract';
import { err, ok } from '@lib/kernel';
import { composeMail } from './compose-mail.ts';
import type { SendMail } from './mail.ts';

/** `smtps:` speaks TLS from the first byte, `smtp:` goes over to it and sends nothing where it cannot. Source: RFC 8314, RFC 3207. */
export function sendSmtp({ url, from, ca }: { readonly url: string; readonly from: string; readonly ca?: string | undefined }): SendMail {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  const transport = createTransport({
    host: hostname,
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: true,
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    connectionTimeout: limits.connectMs,
    greetingTimeout: limits.mailMs,
    socketTimeout: limits.mailMs,
    dnsTimeout: limits.connectMs,
  });
  return async (mail) => {
    try {
      await transport.sendMail(composeMail(mail, from));
      return ok(undefined);
    } catch (error) {
      return err({ code: isLasting(error) ? 'mail.refused' : 'mail.unavailable' });
    }
  };
}

/** 5xx to a recipient or a message says never; one to TLS or to our log-in says that an operator must look. Source: RFC 5321, section 4.2.1. */
function isLasting(error: unknown): boolean {
  if (!(error instanceof Error) || !('responseCode' in error) || typeof error.responseCode !== 'number') return false;
  return error.responseCode >= 500 && 'code' in error && (error.code === 'EENVELOPE' || error.code === 'EMESSAGE');
}
