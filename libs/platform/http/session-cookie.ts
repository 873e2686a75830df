import { SECOND_MS } from '@lib/kernel';

/**
 * Name of the dashboard's session cookie. Where we are reached by https, browsers take it from this very host alone: neither a sibling domain
 * nor a page over http can plant one. Source: RFC 6265bis, 4.1.3.2.
 */
function sessionCookie(secure: boolean): string {
  return secure ? '__Host-aegis_session' : 'aegis_session';
}

/** The value of the session cookie among a request's cookies, or nothing. `secure`: we are reached by https. */
export function readSessionCookie(header: string | undefined, secure: boolean): string | undefined {
  return readCookie(sessionCookie(secure), header);
}

/** Renders `Set-Cookie` for a session; see `writeCookie`. */
export function writeSessionCookie(secret: string, maxAgeMs: number, secure: boolean): string {
  return writeCookie(sessionCookie(secure), secret, { maxAgeMs, secure });
}

/** Name of the cookie that a sign-in at a company's provider is bound to: it comes back to the browser that it left, or not at all. */
export function flowCookie(secure: boolean): string {
  return secure ? '__Host-aegis_flow' : 'aegis_flow';
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
