import { describe, expect, it } from 'vitest';
import { fc } from '../../../tools/testing/seeded-fast-check.ts';
import { isPublicAddress } from './is-public-address.ts';

describe('isPublicAddress', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '140.82.121.3',
    '172.15.255.255',
    '172.32.0.1',
    '100.63.0.1',
    '223.255.255.255',
    '2606:50c0:8000::153',
    '2a00:1450::1',
  ])('%s_is_public', (address) => expect(isPublicAddress(address)).toBe(true));

  it.each([
    ...[
      '127.0.0.1',
      '127.8.9.1',
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '169.254.169.254',
      '169.254.170.2',
      '100.64.0.1',
    ],
    ...['0.0.0.0', '255.255.255.255', '224.0.0.1', '240.0.0.1', '192.0.2.1', '198.18.0.1', '198.51.100.7', '203.0.113.9'],
    ...['::1', '::', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd12::1', 'ff02::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '64:ff9b::7f00:1'],
    ...['2001:db8::1', '2002:7f00:1::', '2001::1', 'fd00:ec2::254'],
    ...['', 'localhost', '1', '127.1', '0x7f.1', '2130706433', '0177.0.0.1', '8.8.8.8 ', '[::1]'],
  ])('%s_is_not', (address) => expect(isPublicAddress(address)).toBe(false));

  it('no_address_of_a_private_range_is_public_whatever_its_last_digits', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const head = fc.constantFrom('10', '127', '0', '192.168', '169.254', '172.20', '100.100');
    fc.assert(
      fc.property(head, fc.tuple(octet, octet, octet), (start, rest) => {
        const address = [start, ...rest].join('.').split('.').slice(0, 4).join('.');
        expect(isPublicAddress(address)).toBe(false);
        expect(isPublicAddress(`::ffff:${address}`)).toBe(false);
      }),
    );
  });
});
