import { randomFillSync } from 'node:crypto';
import { assert, type Ids } from '@lib/kernel';

const instantMsMax = 2 ** 48 - 1; // the timestamp field has 48 bits
const counterMax = 0xfff; // the counter field has 12 bits

let lastMs = 0;
let counter = 0;

/**
 * UUID version 7 from the wall clock and the system's random source. Within this process every identifier is larger than the one
 * before it, also when many are made in one millisecond or when the wall clock steps back.
 * Source: RFC 9562, sections 5.7 and 6.2 (method 1: a counter in rand_a, started at random below half of its range).
 */
export const systemIds: Ids = {
  uuid: () => {
    const random = drawRandom();
    const nowMs = Date.now();
    if (nowMs > lastMs) {
      lastMs = nowMs;
      counter = random.readUInt16BE(8) & 0x7ff;
    } else if (counter < counterMax) {
      counter += 1;
    } else {
      lastMs += 1;
      counter = 0;
    }
    return uuidFrom(lastMs, counter, random.subarray(0, 8));
  },
};

// The system is asked for many identifiers' worth at once: a call for each costs more than all the rest.
const RANDOM_BYTES = 10;
const pool = Buffer.alloc(RANDOM_BYTES * 256);
let drawn = pool.length;

function drawRandom(): Buffer {
  if (drawn === pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  drawn += RANDOM_BYTES;
  return pool.subarray(drawn - RANDOM_BYTES, drawn);
}

/** Lays out one version 7 UUID. `random` has 8 bytes, of which 62 bits are used. Units: ms since the Unix epoch. */
export function uuidFrom(instantMs: number, counterBits: number, random: Uint8Array): string {
  assert(instantMs >= 0 && instantMs <= instantMsMax, '0 <= instantMs <= 2^48 - 1');
  assert(counterBits >= 0 && counterBits <= counterMax, '0 <= counterBits <= 4095');
  assert(random.length === 8, 'random.length === 8');
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(instantMs, 0, 6);
  bytes.writeUInt16BE(0x7000 | counterBits, 6);
  bytes.set(random, 8);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
