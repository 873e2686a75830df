import { createServer } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '@lib/contract';
import { selfSigned } from '../../../tools/testing/self-signed.ts';
import { openWitnessClient } from './index.ts';
import { isPublicAddress } from './is-public-address.ts';

const pair = selfSigned();
let base: string;
let asked: string[] = [];
const server = createServer(pair, (request, response) => {
  let body = '';
  request.on('data', (part) => (body += String(part)));
  request.on('end', () => {
    asked.push(`${String(request.method)} ${String(request.url)} ${body}`);
    if (request.url?.startsWith('/long') === true) response.end('x'.repeat(limits.witnessAnswerBytesMax + 1));
    else if (request.url?.startsWith('/moved') === true) response.writeHead(302, { location: `${base}/elsewhere` }).end();
    else response.writeHead(409).end('7\n');
  });
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const place = server.address();
  base = `https://127.0.0.1:${String(typeof place === 'object' && place !== null ? place.port : 0)}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('a witness', () => {
  const ask = openWitnessClient({ allowPrivate: true, ca: pair.cert });

  it('is_asked_once_at_its_prefix_and_answers_with_status_and_text', async () => {
    asked = [];
    expect(await ask(`${base}/w/`, 'old 0\n')).toEqual({ status: 409, text: '7\n' });
    expect(asked).toEqual(['POST /w/add-checkpoint old 0\n']);
  });

  it('that_sends_us_elsewhere_is_not_followed', async () => {
    asked = [];
    expect((await ask(`${base}/moved`, '')).status).toBe(302);
    expect(asked).toHaveLength(1);
  });

  it('that_is_unknown_to_our_roots_answers_too_much_or_is_not_there_is_unavailable', async () => {
    await expect(openWitnessClient({ allowPrivate: true })(`${base}/w`, '')).rejects.toMatchObject({ code: 'witness.unavailable' });
    await expect(ask(`${base}/long`, '')).rejects.toMatchObject({ code: 'witness.unavailable' });
    await expect(ask('https://127.0.0.1:1/w', '')).rejects.toMatchObject({ code: 'witness.unavailable' });
  });

  it('is_not_asked_in_the_clear_with_credentials_or_inside_our_network', async () => {
    const open = openWitnessClient({ ca: pair.cert });
    asked = [];
    const inside = [
      'https://127.0.0.1/w',
      'https://169.254.169.254/latest',
      'https://[::1]/w',
      'https://[::ffff:10.0.0.1]/w',
      'https://0x7f.1/w',
    ];
    for (const url of [...inside, base, 'http://witness.example/w', 'https://a:b@witness.example/w', 'file:///etc/passwd', 'nonsense'])
      await expect(open(url, ''), url).rejects.toMatchObject({ code: 'witness.address_refused' });
    // a name is judged by what it resolves to
    await expect(open(`https://localhost:${new URL(base).port}/w`, '')).rejects.toMatchObject({ code: 'witness.address_refused' });
    expect(asked).toEqual([]);
  });
});

describe('an address', () => {
  it.each(['8.8.8.8', '1.1.1.1', '2606:4700::1111'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each(['10.1.2.3', '100.64.0.1', '172.31.255.255', '192.168.0.1', '169.254.169.254', '0.0.0.0', '255.255.255.255', '240.0.0.1'])(
    '%s is not',
    (address) => {
      expect(isPublicAddress(address)).toBe(false);
    },
  );

  it.each(['::', '::1', 'fe80::1', 'fc00::1', 'fd12::1', '::ffff:8.8.8.8', '64:ff9b::a00:1', '2001:db8::1', '2002:a00:1::', 'ff02::1'])(
    '%s is not',
    (address) => {
      expect(isPublicAddress(address)).toBe(false);
    },
  );
});
