import { BlockList, isIPv4, isIPv6 } from 'node:net';

// Source: IANA, special-purpose address registries for IPv4 and IPv6; RFC 6890.
const notPublic4: readonly (readonly [address: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16], // the metadata services of clouds
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3], // multicast, reserved, broadcast
];
const notPublic6: readonly (readonly [address: string, bits: number])[] = [
  ['2001::', 23], // protocol assignments, Teredo included
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4: an IPv4 address in disguise
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
];

const blocked4 = new BlockList();
for (const [address, bits] of notPublic4) blocked4.addSubnet(address, bits, 'ipv4');
const blocked6 = new BlockList();
for (const [address, bits] of notPublic6) blocked6.addSubnet(address, bits, 'ipv6');
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6'); // everything else is local, mapped, translated or not given out

/** True for an address of the public internet: not of this machine, a private network, a link, a cloud's metadata, or nobody. Source: CWE-918. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !blocked4.check(address, 'ipv4');
  return isIPv6(address) && !address.includes('%') && global6.check(address, 'ipv6') && !blocked6.check(address, 'ipv6');
}
