import { SECOND_MS } from '@lib/kernel';

/** Name of the dashboard's session cookie. */
export const sessionCookie = 'aegis_session';

/** The value of the session cookie among a request's cookies, or nothing. */
export function readSessionCookie(header: string | undefined): string | undefined {
  return readCookie(sessionCookie, header);
}

/** Renders `Set-Cookie` for a session; see `writeCookie`. */
export function writeSessionCookie(secret: string, maxAgeMs: number, secure: boolean): string {
  return writeCookie(sessionCookie, secret, { maxAgeMs, secure });
}

/** The value of a cookie among a request's cookies, or nothing. A name that comes twice is refused: one of them was planted. */
export function readCookie(name: string, header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const values = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}

/** Renders `Set-Cookie`. Not readable by scripts, never sent by another site; `secure` when we are reached by https. Units: ms. */
export function writeCookie(
  name: string,
  value: string,
  { maxAgeMs, secure }: { readonly maxAgeMs: number; readonly secure: boolean },
): string {
  const maxAge = Math.max(0, Math.floor(maxAgeMs / SECOND_MS));
  return `${name}=${value}; Path=/; Max-Age=${String(maxAge)}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
}
