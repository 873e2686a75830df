import type { Ageing } from './authenticate.ts';
import { hashSecret, makeSecret } from './bearer-secret.ts';
import type { Door } from './door.ts';
import type { Exchange } from './exchange.ts';
import { writeSessionCookie } from './session-cookie.ts';

/**
 * Gives the browser the next secret of its session, before anything is done with this request. Of several requests that are sent at once
 * one gets it; the others hold with the old one until then, and for a moment longer.
 */
export async function renewSession(door: Door, { reply }: Exchange, { secret, endsMs }: Ageing): Promise<void> {
  const next = makeSecret();
  if (!(await door.rotateSession(hashSecret(secret), hashSecret(next)))) return;
  void reply.header('set-cookie', writeSessionCookie(next, endsMs - door.clock.nowMs(), door.secure));
}
