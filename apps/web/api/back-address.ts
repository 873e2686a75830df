/** Where to go after signing in: the address that was asked for if it lies on `origin`, else the findings. */
export function backAddress(back: string | undefined, origin: string): string {
  if (back === undefined || !URL.canParse(back, origin)) return '/findings';
  const url = new URL(back, origin);
  return url.origin === origin && url.pathname !== '/sign-in' ? url.pathname + url.search : '/findings';
}
