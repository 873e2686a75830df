import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { sha256Schema } from '@lib/contract';
import { canonicalJson } from '@lib/kernel';

const factsSchema = z.strictObject({
  v: z.literal(1),
  key: z.string(),
  version: z.string(),
  sha256: sha256Schema,
  bytes: z.int().min(0),
  retainUntilMs: z.int().nullable(),
  legalHold: z.literal(true).optional(),
  tenant: z.string(),
  purpose: z.string(),
});
const sidecarSchema = z.strictObject({ facts: factsSchema, mac: z.base64() });

/** What the folder store writes down beside an object. */
export type ObjectFacts = z.infer<typeof factsSchema>;

/** Authenticates with a key that is not in the store's folder. */
export type Mac = (message: Uint8Array) => Uint8Array;

/** The sidecar's bytes: the facts and their MAC, so that an edited date shows. */
export function sealFacts(facts: ObjectFacts, mac: Mac): Uint8Array {
  return Buffer.from(canonicalJson({ facts, mac: Buffer.from(mac(messageOf(facts))).toString('base64') }), 'utf8');
}

/** The facts of a sidecar, or nothing when it is not as this store wrote it. */
export function openFacts(sidecar: Uint8Array, key: string, mac: Mac): ObjectFacts | undefined {
  const parsed = sidecarSchema.safeParse(parseJson(sidecar));
  if (!parsed.success || parsed.data.facts.key !== key) return undefined;
  const stored = Buffer.from(parsed.data.mac, 'base64');
  if (stored.toString('base64') !== parsed.data.mac) return undefined; // the last character has bits that decoding drops
  const expected = mac(messageOf(parsed.data.facts));
  return stored.length === expected.length && timingSafeEqual(stored, expected) ? parsed.data.facts : undefined;
}

function messageOf(facts: ObjectFacts): Uint8Array {
  return Buffer.from(canonicalJson(facts), 'utf8');
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
