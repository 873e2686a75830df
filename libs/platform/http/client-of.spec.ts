import { expect, it } from 'vitest';
import { clientOf } from './client-of.ts';

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['unknown', undefined],
  ['', undefined],
  ['192.0.2.1, 10.0.0.1', undefined],
])('an_address_of_%s_is_kept_as_%s', (ip, kept) => {
  expect(clientOf({ ip, headers: {} })).toEqual({ ...(kept === undefined ? {} : { ip: kept }), name: 'a program' });
});

it('what_a_caller_says_of_itself_is_kept_in_words_of_ours', () => {
  expect(clientOf({ ip: '192.0.2.1', headers: { 'user-agent': firefox } }).name).toBe('Firefox on Linux');
  expect(clientOf({ ip: '192.0.2.1', headers: { 'user-agent': '<script>zoe@example.test</script>' } }).name).toBe('a program');
});
