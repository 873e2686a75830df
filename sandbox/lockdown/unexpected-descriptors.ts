import { readdirSync, readlinkSync } from 'node:fs';

/** The result pipe, after standard input, output and error. */
export const resultDescriptor = 3;

/**
 * Open descriptors that would outlive the filter and should not be there: a ring, a socket, a file. Answers `number -> target` of each.
 * What Node itself needs (epoll, eventfd, its own pipes, /dev and /proc) is no surprise.
 */
export function unexpectedDescriptors(): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((name) => {
    const target = targetOf(name);
    return target === undefined || isExpected(Number(name), target) ? [] : [`${name} -> ${target}`];
  });
}

function targetOf(name: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${name}`);
  } catch {
    return undefined; // the descriptor of the listing itself, closed by now
  }
}

function isExpected(descriptor: number, target: string): boolean {
  if (descriptor <= resultDescriptor) return true;
  if (/io_uring|userfaultfd|perf_event|bpf/u.test(target)) return false;
  return /^(?:anon_inode:|pipe:|\/dev\/(?:null|urandom)$|\/proc\/)/u.test(target);
}
