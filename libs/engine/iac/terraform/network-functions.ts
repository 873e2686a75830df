import { list, scalar, textOf, type Place, type Value } from '../model/value.ts';
import type { TerraformFunction } from './terraform-function.ts';

/** Terraform's functions over IPv4 networks; anything else is not known. Source: RFC 4632, https://developer.hashicorp.com/terraform/language/functions/cidrsubnet */
export const networkFunctions: readonly (readonly [string, TerraformFunction])[] = [
  ['cidrsubnet', ([prefix, bits, number], place) => textual(subnet(networkOf(prefix), numberOf(bits), numberOf(number)), place)],
  ['cidrhost', ([prefix, number], place) => host(networkOf(prefix), numberOf(number), place)],
  ['cidrnetmask', ([prefix], place) => mask(networkOf(prefix), place)],
  ['cidrsubnets', subnets],
];

type Network = { readonly address: number; readonly length: number };

function numberOf(value: Value | undefined): number {
  return Number(textOf(value) ?? Number.NaN);
}

function networkOf(value: Value | undefined): Network | undefined {
  const [, address = '', length = ''] = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/u.exec(textOf(value) ?? '') ?? [];
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => part > 255) || Number(length) > 32) return undefined;
  const whole = parts.reduce((sum, part) => sum * 256 + part, 0);
  return { address: whole - (whole % sizeOf(Number(length))), length: Number(length) };
}

function sizeOf(length: number): number {
  return 2 ** (32 - length);
}

function subnet(network: Network | undefined, bits: number, number: number): Network | undefined {
  if (network === undefined || !Number.isSafeInteger(bits) || !Number.isSafeInteger(number)) return undefined;
  const length = network.length + bits;
  if (bits < 0 || length > 32 || number < 0 || number >= 2 ** bits) return undefined;
  return { address: network.address + number * sizeOf(length), length };
}

function subnets([prefix, ...widths]: readonly Value[], place: Place): Value | undefined {
  const network = networkOf(prefix);
  if (network === undefined) return undefined;
  let at = network.address;
  const made: Value[] = [];
  for (const width of widths) {
    const length = network.length + numberOf(width);
    if (!Number.isSafeInteger(length) || length > 32) return undefined;
    const size = sizeOf(length);
    const address = Math.ceil(at / size) * size;
    made.push(scalar(`${dotted(address)}/${String(length)}`, place));
    at = address + size;
  }
  return at > network.address + sizeOf(network.length) ? undefined : list(made, place);
}

function host(network: Network | undefined, number: number, place: Place): Value | undefined {
  if (network === undefined || !Number.isSafeInteger(number) || Math.abs(number) >= sizeOf(network.length)) return undefined;
  return scalar(dotted(network.address + (number < 0 ? sizeOf(network.length) + number : number)), place);
}

function mask(network: Network | undefined, place: Place): Value | undefined {
  return network === undefined ? undefined : scalar(dotted(2 ** 32 - sizeOf(network.length)), place);
}

function textual(network: Network | undefined, place: Place): Value | undefined {
  return network === undefined ? undefined : scalar(`${dotted(network.address)}/${String(network.length)}`, place);
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
