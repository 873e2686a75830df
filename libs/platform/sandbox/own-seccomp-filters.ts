import { readFileSync } from 'node:fs';

/** Seccomp filters that this process has itself (a container's profile), and its children will inherit: what they have beyond is ours. */
export function ownSeccompFilters(): number {
  return Number(/^Seccomp_filters:\s*(\d+)$/mu.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0');
}
