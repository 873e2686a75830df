import { randomUUID } from 'node:crypto';

const sane = /^[A-Za-z0-9._-]{8,64}$/u;

/** The caller's request id when it is harmless to log and echo, else one of ours. */
export function requestId(given: string | readonly string[] | undefined): string {
  return typeof given === 'string' && sane.test(given) ? given : randomUUID();
}
