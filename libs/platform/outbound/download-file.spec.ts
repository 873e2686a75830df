import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createRawServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { downloadFile, type Download } from './download-file.ts';
import type { Reach } from './find-address.ts';

let folder = '';
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
let asked: { readonly host: string | undefined; readonly token: string | undefined; readonly url: string | undefined }[] = [];
const server = createServer((request, response) => {
  asked.push({ host: request.headers.host, token: request.headers.authorization, url: request.url });
  response.on('error', () => undefined);
  answer(request, response);
});
let port = 0;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'download-'));
  asked = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

// Names that no resolver knows: only the pinned address can lead to the server.
const names: Readonly<Record<string, readonly string[]>> = {
  'forge.test': ['127.0.0.1'],
  'storage.test': ['127.0.0.1'],
  'metadata.test': ['169.254.169.254'],
  'both.test': ['127.0.0.1', '10.0.0.1'],
};
const reach: Reach = {
  mayReach: (address) => address === '127.0.0.1',
  resolve: (host) => (names[host] === undefined ? Promise.reject(new Error('unknown')) : Promise.resolve(names[host])),
  protocols: ['http:'],
};
const at = (host: string, path = '/archive'): string => `http://${host}:${String(port)}${path}`;
const download = (more: Partial<Download> = {}) =>
  downloadFile({
    url: at('forge.test'),
    redirectHosts: [`storage.test:${String(port)}`, `metadata.test:${String(port)}`],
    into: join(folder, 'file'),
    bytesMax: 100_000,
    reach,
    ...more,
  });
const refused = (code: string) => ({ ok: false, error: expect.objectContaining({ code }) as unknown });
const redirect = (to: string) => (_: IncomingMessage, response: ServerResponse) => void response.writeHead(302, { location: to }).end();

describe('downloadFile', () => {
  it('a_file_arrives_whole_with_its_digest', async () => {
    const bytes = Buffer.alloc(90_000, 'abc');
    answer = (_, response) => void response.end(bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(await download()).toEqual({ ok: true, value: { bytes: 90_000, sha256 } });
    expect(readFileSync(join(folder, 'file'))).toEqual(bytes);
  });

  it('the_token_goes_to_the_first_host_and_never_after_a_redirect', async () => {
    const token = ['some', 'token'].join('-');
    answer = (request, response) =>
      request.headers.host?.startsWith('forge') === true ? redirect(at('storage.test', '/x'))(request, response) : void response.end('x');
    expect(await download({ token })).toMatchObject({ ok: true, value: { bytes: 1 } });
    expect(asked.map((request) => request.token)).toEqual([`Bearer ${token}`, undefined]);
  });

  it('not_even_when_a_host_redirects_to_itself', async () => {
    answer = (request, response) =>
      request.url === '/archive' ? redirect(at('forge.test', '/x'))(request, response) : void response.end('x');
    expect(await download({ token: 'a', redirectHosts: [`forge.test:${String(port)}`] })).toMatchObject({ ok: true });
    expect(asked.map((request) => request.token)).toEqual(['Bearer a', undefined]);
  });

  it.each([
    ['a host that is not named', () => at('elsewhere.test'), 'outbound.redirect_refused'],
    ['localhost', () => at('localhost'), 'outbound.redirect_refused'],
    ['the metadata address', () => 'http://169.254.169.254/latest/meta-data/', 'outbound.redirect_refused'],
    ['a named host with a private address', () => at('metadata.test'), 'outbound.address_refused'],
    ['a file', () => 'file:///etc/passwd', 'outbound.redirect_refused'],
    ['credentials', () => `http://user:pass@storage.test:${String(port)}/`, 'outbound.redirect_refused'],
    ['nonsense', () => 'http://[', 'outbound.redirect_refused'],
  ])('a_redirect_to_%s_is_refused', async (_, to, code) => {
    answer = redirect(to());
    expect(await download()).toEqual(refused(code));
    expect(asked).toHaveLength(1);
  });

  it('redirects_without_an_end_end', async () => {
    answer = redirect(at('storage.test'));
    expect(await download()).toEqual(refused('outbound.too_many_redirects'));
    expect(asked).toHaveLength(4);
  });

  it('a_body_without_an_end_is_left_at_the_limit', async () => {
    answer = (_, response) => {
      const more = (): void => {
        while (response.write(Buffer.alloc(16_384)));
        response.once('drain', more);
      };
      more();
    };
    expect(await download()).toEqual(refused('outbound.too_large'));
  });

  it('a_length_over_the_limit_is_refused_before_the_body', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '100001' }).flushHeaders();
    };
    expect(await download()).toEqual(refused('outbound.too_large'));
  });

  it('silence_ends_it', async () => {
    answer = (_, response) => void response.writeHead(200).write('x');
    expect(await download({ idleMs: 100 })).toEqual(refused('outbound.too_slow'));
  });

  it('a_server_that_never_answers_ends_it', async () => {
    answer = () => undefined;
    expect(await download({ idleMs: 100 })).toEqual(refused('outbound.too_slow'));
  });

  it('a_drip_ends_at_the_wall_clock', async () => {
    answer = (_, response) => {
      const drip = setInterval(() => response.write('x'), 5);
      response.once('close', () => clearInterval(drip));
    };
    expect(await download({ wallMs: 300, idleMs: 60_000 })).toEqual(refused('outbound.too_slow'));
  });

  it('a_cancelled_one_says_so', async () => {
    const stop = new AbortController();
    answer = () => stop.abort();
    expect(await download({ signal: stop.signal })).toEqual(refused('outbound.cancelled'));
  });

  it.each([
    [404, 'outbound.refused'],
    [401, 'outbound.refused'],
    [204, 'outbound.refused'],
    [304, 'outbound.refused'],
    [429, 'outbound.unavailable'],
    [503, 'outbound.unavailable'],
  ])('status_%i_is_told', async (status, code) => {
    answer = (_, response) => void response.writeHead(status).end();
    expect(await download()).toEqual({ ok: false, error: { code, status } });
  });

  it('a_body_in_another_encoding_is_refused', async () => {
    answer = (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('x');
    expect(await download()).toEqual(refused('outbound.encoding_refused'));
  });

  it.each([
    'http://forge.test/',
    'https://forge.test/',
    'ftp://forge.test/',
    'file:///etc/passwd',
    'http://a:b@forge.test/',
    'nonsense',
    '',
  ])('%s_is_refused_as_an_address', async (url) => {
    const protocols: Reach['protocols'] = url.startsWith('http://forge') ? ['https:'] : ['http:'];
    expect(await download({ url, reach: { ...reach, protocols } })).toEqual(refused('outbound.url_refused'));
    expect(asked).toEqual([]);
  });

  it('one_private_address_of_several_refuses_the_host_and_an_unknown_one_is_told', async () => {
    expect(await download({ url: at('both.test') })).toEqual(refused('outbound.address_refused'));
    expect(await download({ url: at('unknown.test'), into: join(folder, 'other') })).toEqual(refused('outbound.host_unknown'));
    expect(asked).toEqual([]);
  });

  it.each([
    'https://127.0.0.1',
    'https://[::1]',
    'https://[::ffff:127.0.0.1]',
    'https://169.254.169.254',
    'https://10.0.0.1',
    'https://2130706433',
    'https://0x7f.1',
    'https://localhost',
  ])('the_product_does_not_speak_to_%s', async (origin) => {
    const plain = {
      url: `${origin}:${String(port)}/`,
      redirectHosts: [],
      into: join(folder, 'file'),
      bytesMax: 10,
    };
    expect(await downloadFile(plain)).toEqual(refused('outbound.address_refused'));
    expect(asked).toEqual([]);
  });
});

describe('downloadFile, from a server that lies', () => {
  let raw: Server;
  let words = '';
  beforeAll(async () => {
    raw = createRawServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(words));
    }).listen(0, '127.0.0.1');
    await once(raw, 'listening');
  });
  afterAll(() => raw.close());
  const fromRaw = () => download({ url: `http://forge.test:${String((raw.address() as AddressInfo).port)}/` });

  it.each([
    ['fewer bytes than it says', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort'],
    ['half a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10\r\nshort'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nshort'],
    ['a length and chunks', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['no HTTP', 'hello'],
    ['nothing', ''],
    ['endless headers', `HTTP/1.1 200 OK\r\n${'x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n'.repeat(1000)}`],
  ])('%s_is_broken_off', async (_, said) => {
    words = said;
    expect(await fromRaw()).toEqual(refused('outbound.broken_off'));
  });
});
