import { err, ok, type Result } from '@lib/kernel';

/** Our page as a browser sees it. `rpId` is what passkeys are for. Source: WebAuthn Level 3, section 4 (relying party identifier). */
export type Site = { readonly origin: string; readonly rpId: string };

/** Passkeys are for names, over https or on this machine. */
export type PlaceUnfit = { readonly code: 'presence.place_unfit' };

/** The site of an origin. Errors: `presence.place_unfit` for an address without a name, or one that is not a secure context. */
export function siteOf(origin: string | undefined): Result<Site, PlaceUnfit> {
  const url = origin === undefined ? null : URL.parse(origin);
  if (url === null || /^[\d.]+$|^\[/u.test(url.hostname)) return err({ code: 'presence.place_unfit' });
  const isSecure = url.protocol === 'https:' || (url.protocol === 'http:' && url.hostname === 'localhost');
  return isSecure ? ok({ origin: url.origin, rpId: url.hostname }) : err({ code: 'presence.place_unfit' });
}
