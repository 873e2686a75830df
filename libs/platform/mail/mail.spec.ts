import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { selfSigned } from '../../../tools/testing/self-signed.ts';
import { openMail, type SendMail } from './index.ts';

const mail = { id: 'one', to: 'ada@people.test', subject: 'Somebody asks – now', text: 'Hello\nthere' };
const pair = selfSigned();
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A real server, and what it has taken. */
async function serve(options: SMTPServerOptions): Promise<{ readonly taken: string[]; readonly port: number }> {
  const taken: string[] = [];
  const server = new SMTPServer({
    ...pair,
    authOptional: true,
    onData: (stream, session, done) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        taken.push(`${String(session.secure)}\n${Buffer.concat(parts).toString('utf8')}`);
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined); // what a client breaks off
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  ends.push(() => new Promise((closed) => server.close(() => closed())));
  return { taken, port: (server.server.address() as AddressInfo).port };
}
const open = (port: number, protocol = 'smtps', { login = '', ca = pair.cert }: { login?: string; ca?: string } = {}): SendMail =>
  openMail({ setting: { kind: 'smtp', url: `${protocol}://${login}127.0.0.1:${String(port)}` }, from: 'Aegis <aegis@sender.test>', ca });

describe('a mail server', () => {
  test.each(['smtps', 'smtp'])('takes_one_plain_message_over_tls_by_%s', async (protocol) => {
    const { taken, port } = await serve({ secure: protocol === 'smtps' });
    expect(await open(port, protocol)(mail)).toEqual({ ok: true, value: undefined });
    const [text = ''] = taken;
    expect(text).toMatch(/^true\n/u);
    expect(text).toMatch(/^Message-ID: <one@sender\.test>\r$/mu);
    expect(text).toMatch(/^To: ada@people\.test\r$/mu);
    expect(text).toMatch(/^Content-Type: text\/plain; charset=utf-8\r$/mu);
    expect(text).toMatch(/^Auto-Submitted: auto-generated\r$/mu);
    expect(text).toContain('Hello');
  });

  test('gets_nothing_where_it_speaks_no_tls_or_its_certificate_is_nobodys', async () => {
    const plain = await serve({ disabledCommands: ['STARTTLS'] });
    expect(await open(plain.port, 'smtp')(mail)).toEqual({ ok: false, error: { code: 'mail.unavailable' } });
    const unknown = await serve({ secure: true });
    expect(await open(unknown.port, 'smtps', { ca: selfSigned().cert })(mail)).toEqual({ ok: false, error: { code: 'mail.unavailable' } });
    expect([...plain.taken, ...unknown.taken]).toEqual([]);
  });

  test('that_refuses_a_recipient_is_told_from_one_that_is_away', async () => {
    const refuse = (responseCode: number) =>
      serve({ secure: true, onRcptTo: (_address, _session, done) => done(Object.assign(new Error('no'), { responseCode })) });
    const [never, later] = [await refuse(550), await refuse(451)];
    expect(await open(never.port)(mail)).toEqual({ ok: false, error: { code: 'mail.refused' } });
    expect(await open(later.port)(mail)).toEqual({ ok: false, error: { code: 'mail.unavailable' } });
    expect(await open(1)(mail)).toEqual({ ok: false, error: { code: 'mail.unavailable' } });
  });

  test('that_refuses_our_log_in_is_tried_again_because_an_operator_mends_that', async () => {
    const { port } = await serve({
      secure: true,
      authOptional: false,
      onAuth: ({ password }, _session, done) => (password === 'right' ? done(null, { user: 'us' }) : done(new Error('no'))),
    });
    expect(await open(port, 'smtps', { login: 'us:wrong@' })(mail)).toEqual({ ok: false, error: { code: 'mail.unavailable' } });
    expect(await open(port, 'smtps', { login: 'us:right@' })(mail)).toEqual({ ok: true, value: undefined });
  });

  test('gets_one_recipient_and_no_header_of_anybodys_whatever_stands_in_the_words', async () => {
    const { taken, port } = await serve({ secure: true });
    const answer = await open(port)({ ...mail, subject: 'a\r\nBcc: eve@people.test', to: 'ada@people.test' });
    expect(answer.ok).toBe(true);
    expect(taken[0]).not.toMatch(/^bcc:/imu);
  });
});

describe('a folder', () => {
  test('holds_each_message_as_a_file_of_its_own_that_its_owner_alone_reads', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'aegis-mail-'));
    ends.push(() => rm(folder, { recursive: true }));
    const send = openMail({ setting: { kind: 'folder', folder: join(folder, 'mail') }, from: 'Aegis <aegis@localhost>' });
    for (let time = 0; time < 2; time += 1) expect((await send(mail)).ok).toBe(true);
    expect(readdirSync(join(folder, 'mail'))).toEqual(['one.eml']);
    expect(readFileSync(join(folder, 'mail', 'one.eml'), 'utf8')).toContain('To: ada@people.test');
    expect(statSync(join(folder, 'mail', 'one.eml')).mode & 0o777).toBe(0o600);
  });
});

test('without_a_setting_nobody_is_written_to_and_that_is_said', async () => {
  expect(await openMail({ setting: undefined, from: 'a' })(mail)).toEqual({ ok: false, error: { code: 'mail.not_configured' } });
});
