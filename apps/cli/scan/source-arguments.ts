import { limits } from '@lib/contract';
import { SECOND_MS } from '@lib/kernel';

/** What is wrong with the sources that a command was given; undefined where there is one. */
export function sourceComplaint([source = '', ...surplus]: readonly string[]): string | undefined {
  if (source === '') return 'which folder or archive? give SOURCE';
  return surplus.length > 0 ? `one source at a time; \`${surplus[0] ?? ''}\` is one too many` : undefined;
}

/** What is wrong with a wall clock in seconds; undefined where it is one that a scan may have. */
export function wallComplaint(seconds: string): string | undefined {
  const wallMs = Number(seconds) * SECOND_MS;
  if (wallMs >= SECOND_MS && wallMs <= limits.scanWallMsMax) return undefined;
  return `--wall needs seconds from 1 to ${String(limits.scanWallMsMax / SECOND_MS)}, not \`${seconds}\``;
}
