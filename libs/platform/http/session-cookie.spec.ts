import { expect, test } from 'vitest';
import { readSessionCookie, writeSessionCookie } from './session-cookie.ts';

test('the_session_cookie_is_found_among_others', () => {
  expect(readSessionCookie('theme=dark; aegis_session=abc; x=1', false)).toBe('abc');
  expect(readSessionCookie('theme=dark', false)).toBeUndefined();
  expect(readSessionCookie(undefined, false)).toBeUndefined();
  expect(readSessionCookie('not_aegis_session=abc', false)).toBeUndefined();
});

test('a_session_cookie_that_comes_twice_is_refused', () => {
  expect(readSessionCookie('aegis_session=mine; aegis_session=planted', false)).toBeUndefined();
});

test('the_cookie_is_out_of_reach_for_scripts_and_for_other_sites', () => {
  expect(writeSessionCookie('s', 60_000, false)).toBe('aegis_session=s; Path=/; Max-Age=60; HttpOnly; SameSite=Strict');
});

test('over_https_the_cookie_is_of_this_host_alone_and_one_that_another_could_plant_is_not_read', () => {
  expect(writeSessionCookie('s', 60_000, true)).toBe('__Host-aegis_session=s; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure');
  expect(readSessionCookie('__Host-aegis_session=mine', true)).toBe('mine');
  expect(readSessionCookie('aegis_session=planted', true)).toBeUndefined();
});
