import { isIPv6 } from 'node:net';

const groupsOfNetwork = 4; // a /64 is what one subscriber gets

/** The address that failed attempts are counted under: an IPv4 address, or the /64 network of an IPv6 address. */
export function strangerKey(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/iu.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return [...left, ...zeros, ...right].slice(0, groupsOfNetwork).join(':');
}
