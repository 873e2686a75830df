import { expect, test } from 'vitest';
import { readSessionCookie, writeSessionCookie } from './session-cookie.ts';

test('the_session_cookie_is_found_among_others', () => {
  expect(readSessionCookie('theme=dark; aegis_session=abc; x=1')).toBe('abc');
  expect(readSessionCookie('theme=dark')).toBeUndefined();
  expect(readSessionCookie(undefined)).toBeUndefined();
  expect(readSessionCookie('not_aegis_session=abc')).toBeUndefined();
});

test('a_session_cookie_that_comes_twice_is_refused', () => {
  expect(readSessionCookie('aegis_session=mine; aegis_session=planted')).toBeUndefined();
});

test('the_cookie_is_out_of_reach_for_scripts_and_for_other_sites', () => {
  expect(writeSessionCookie('s', 60_000, false)).toBe('aegis_session=s; Path=/; Max-Age=60; HttpOnly; SameSite=Strict');
  expect(writeSessionCookie('s', 60_000, true)).toMatch(/; Secure$/u);
});
