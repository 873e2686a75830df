import { verify } from 'node:crypto';
import { assert } from '@lib/kernel';
import { parseCheckpoint } from './checkpoint.ts';
import type { VerifierKey } from './verifier-key.ts';

/** Units: seconds since 1970, as the specification has it. */
const TIME_MAX = 2n ** 63n - 1n;
const TIME_BYTES = 8;
const SUBTREE_LABEL = 'subtree/v1\n\0';

/**
 * The time at which a witness says that it saw this text, or nothing when the signature does not hold.
 * `signature` is the timestamp and the signature proper. Source: C2SP tlog-cosignature 1.1.
 */
export function verifyCosignature(text: string, key: VerifierKey, signature: Uint8Array): bigint | undefined {
  if (signature.length <= TIME_BYTES) return undefined;
  const time = Buffer.from(signature.subarray(0, TIME_BYTES)).readBigUInt64BE();
  const message = cosignedMessage(text, key, time);
  if (time > TIME_MAX || message === undefined) return undefined;
  return verify(null, message, key.publicKey, signature.subarray(TIME_BYTES)) ? time : undefined;
}

/** What a witness signs, for the one who holds its private key: the bytes to sign, and the signature as it stands in the line. */
export function prepareCosignature(
  text: string,
  key: VerifierKey,
  time: bigint,
): { readonly message: Uint8Array; readonly finish: (signature: Uint8Array) => Uint8Array } {
  const message = cosignedMessage(text, key, time);
  assert(message !== undefined && time >= 0n && time <= TIME_MAX, 'a checkpoint is cosigned at a time after 1970');
  return { message, finish: (signature) => Buffer.concat([bigEndian(time), signature]) };
}

function cosignedMessage(text: string, key: VerifierKey, time: bigint): Uint8Array | undefined {
  switch (key.kind) {
    case 'note':
      return undefined;
    case 'cosignature':
      return Buffer.from(`cosignature/v1\ntime ${time}\n${text}`, 'utf8');
    case 'cosignature-ml-dsa-44':
      return subtreeMessage(text, key.name, time);
  }
}

// The whole tree is the subtree that begins at 0. Name and origin carry their length, so that neither can run into the other.
function subtreeMessage(text: string, cosigner: string, time: bigint): Uint8Array | undefined {
  const checkpoint = parseCheckpoint(text);
  if (!checkpoint.ok) return undefined;
  const { origin, size, root } = checkpoint.value;
  const names = [cosigner, origin].map((name) => Buffer.from(name, 'utf8'));
  if (names.some((name) => name.length > 255)) return undefined;
  const [ofCosigner, ofLog] = names.map((name) => Buffer.concat([Uint8Array.of(name.length), name]));
  assert(ofCosigner !== undefined && ofLog !== undefined, 'both names are there');
  return Buffer.concat([Buffer.from(SUBTREE_LABEL), ofCosigner, bigEndian(time), ofLog, bigEndian(0n), bigEndian(size), root]);
}

function bigEndian(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(TIME_BYTES);
  bytes.writeBigUInt64BE(value);
  return bytes;
}
