import { expect, test } from 'vitest';
import { checkCookieRequest } from './check-cookie-request.ts';

const ours = { host: '127.0.0.1:4000', origin: 'http://127.0.0.1:4000', 'x-aegis-request': '1' };
const check = (method: string, headers: Record<string, string | undefined>, publicOrigin?: string) => () => {
  checkCookieRequest({ publicOrigin }, { method, headers });
};

test('our_own_page_may_change_things_by_cookie', () => {
  expect(check('POST', ours)).not.toThrow();
  expect(check('GET', {})).not.toThrow();
});

test.each([
  ['no header', { ...ours, 'x-aegis-request': undefined }, 'identity.request_header_missing'],
  ['another value', { ...ours, 'x-aegis-request': 'yes' }, 'identity.request_header_missing'],
  ['no origin', { ...ours, origin: undefined }, 'identity.origin_refused'],
  ['an opaque origin', { ...ours, origin: 'null' }, 'identity.origin_refused'],
  ['another host', { ...ours, origin: 'http://evil.example' }, 'identity.origin_refused'],
  ['another port', { ...ours, origin: 'http://127.0.0.1:4001' }, 'identity.origin_refused'],
  ['a longer host', { ...ours, origin: 'http://127.0.0.1:4000.evil.example' }, 'identity.origin_refused'],
])('a_change_by_cookie_with_%s_is_refused', (_what, headers, code) => {
  expect(check('DELETE', headers)).toThrow(code);
});

test('a_configured_origin_counts_whatever_host_the_request_names', () => {
  const headers = { ...ours, host: 'internal:4000', origin: 'https://app.example' };
  expect(check('POST', headers, 'https://app.example')).not.toThrow();
  expect(check('POST', { ...headers, origin: 'http://internal:4000' }, 'https://app.example')).toThrow('identity.origin_refused');
});
