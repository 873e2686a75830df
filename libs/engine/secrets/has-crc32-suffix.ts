const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const checksumChars = 6;

/**
 * Says whether a token's last six characters are the CRC-32 of those between its prefix and them, in base 62.
 * Source: GitHub's description of its token format, 2021; npm uses the same.
 */
export function hasCrc32Suffix(token: string): boolean {
  let rest = crc32(token.slice(token.indexOf('_') + 1, -checksumChars));
  let digits = '';
  for (let place = 0; place < checksumChars; place++) {
    digits = (base62[rest % 62] ?? '') + digits;
    rest = Math.floor(rest / 62);
  }
  return token.endsWith(digits);
}

function crc32(text: string): number {
  let crc = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
