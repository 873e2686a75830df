import { isIPv6, type LookupFunction } from 'node:net';

/** Answers the address that was checked, whatever the name says by now: a name that changes its mind gains nothing. */
export function pinned(address: string): LookupFunction {
  const family = isIPv6(address) ? 6 : 4;
  return (_host, given, done) => {
    if (given.all === true) done(null, [{ address, family }]);
    else done(null, address, family);
  };
}
