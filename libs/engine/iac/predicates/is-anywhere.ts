import { textOf, type Value } from '../model/value.ts';

// A half of the address space is as good as the whole: the other half stands beside it.
const anywhere = /^(?:0\.0\.0\.0\/[01]|128\.0\.0\.0\/1|(?:0{0,4}:){1,7}:?0{0,4}\/[01]|8000::\/1)$/u;

/** Says whether a network, as an AWS or Google firewall names it, is the internet. */
export function isAnywhere(value: Value): boolean {
  return anywhere.test(textOf(value)?.trim() ?? '');
}
