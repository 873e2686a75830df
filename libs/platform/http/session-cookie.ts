import { SECOND_MS } from '@lib/kernel';

/** Name of the dashboard's session cookie. */
export const sessionCookie = 'aegis_session';

/** The value of the session cookie among a request's cookies, or nothing. A name that comes twice is refused: one of them was planted. */
export function readSessionCookie(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const values = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${sessionCookie}=`))
    .map((pair) => pair.slice(sessionCookie.length + 1));
  return values.length === 1 ? values[0] : undefined;
}

/** Renders `Set-Cookie` for a session. Not readable by scripts, never sent by another site; `secure` when we are reached by https. */
export function writeSessionCookie(secret: string, maxAgeMs: number, secure: boolean): string {
  const maxAge = Math.max(0, Math.floor(maxAgeMs / SECOND_MS));
  return `${sessionCookie}=${secret}; Path=/; Max-Age=${String(maxAge)}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
}
