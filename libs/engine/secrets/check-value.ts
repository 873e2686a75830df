import type { SecretRule } from './rule-schema.ts';
import { entropy } from './entropy.ts';
import { isPlaceholder } from './is-placeholder.ts';

/** Says whether a matched value passes its rule's own checks: entropy, checksum, structure. Placeholders never pass. */
export function checkValue(rule: SecretRule, value: string): boolean {
  if (isPlaceholder(value)) return false;
  if (entropy(value) < rule.match.entropyMin) return false;
  switch (rule.match.check) {
    case undefined:
      return true;
    case 'crc32-base62':
      return hasCrc32Suffix(value);
    case 'jwt-header':
      return hasJwtHeader(value);
    case 'generic-value':
      return looksGenerated(value);
    case 'real-host-password':
      return value.length >= 6 && !/^(?:user|root|admin|guest|postgres|mysql|redis|mongo|localhost|username|default)$/iu.test(value);
  }
}

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

// The token's last six characters are the CRC-32 of the characters between prefix and checksum, in base 62.
function hasCrc32Suffix(value: string): boolean {
  const body = value.slice(value.indexOf('_') + 1, -6);
  let rest = crc32(body);
  let digits = '';
  for (let place = 0; place < 6; place++) {
    digits = (base62[rest % 62] ?? '') + digits;
    rest = Math.floor(rest / 62);
  }
  return value.endsWith(digits);
}

function crc32(text: string): number {
  let crc = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function hasJwtHeader(value: string): boolean {
  try {
    const header: unknown = JSON.parse(atob((value.split('.')[0] ?? '').replaceAll('-', '+').replaceAll('_', '/')));
    return typeof header === 'object' && header !== null && 'alg' in header;
  } catch {
    return false;
  }
}

// A credential that a person or a machine made up: mixed characters, and not a phrase, a path, an identifier or a type.
function looksGenerated(value: string): boolean {
  if (value.length < 8 || /^(.)\1+$/u.test(value) || /^[a-z][a-z0-9+.-]*:\/\//iu.test(value)) return false;
  if (/^[a-z]+(?:[-_. /:][a-z]+)*$/iu.test(value) && !/[a-z][A-Z].*[a-z][A-Z].*[a-z][A-Z]/u.test(value)) return false;
  if (/^[a-z_$][\w$]*(?:\.[a-z_$][\w$]*)+(?:\(.*)?$/iu.test(value)) return false;
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/iu.test(value)) return false;
  const classes = [/[a-z]/u, /[A-Z]/u, /[0-9]/u, /[^A-Za-z0-9]/u].filter((kind) => kind.test(value)).length;
  return classes >= 2 && entropy(value) >= 2.8;
}
