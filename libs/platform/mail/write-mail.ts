import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { ok } from '@lib/kernel';
import { composeMail } from './compose-mail.ts';
import type { SendMail } from './mail.ts';

/** Writes each message as a file of its own, whole or not at all: for one machine, where nobody is to be written to. */
export function writeMail({ folder, from }: { readonly folder: string; readonly from: string }): SendMail {
  const transport = createTransport({ streamTransport: true, buffer: true });
  return async (mail) => {
    const { message } = await transport.sendMail(composeMail(mail, from));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, `${mail.id}.eml`);
    await writeFile(`${file}.part`, message, { mode: 0o600 });
    await rename(`${file}.part`, file);
    return ok(undefined);
  };
}
