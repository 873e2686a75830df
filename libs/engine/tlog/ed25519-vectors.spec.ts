import { createHash, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseVerifierKey } from './index.ts';
import cctv from './vectors/ed25519-cctv.json' with { type: 'json' };
import wycheproof from './vectors/ed25519-wycheproof.json' with { type: 'json' };

/** A raw key, the way that a verifier gets it: out of the line that a log publishes. */
function keyOf(raw: string) {
  const bytes = Buffer.concat([Uint8Array.of(1), Buffer.from(raw, 'hex')]);
  const id = createHash('sha256').update('vector\n').update(bytes).digest('hex').slice(0, 8);
  const key = parseVerifierKey(`vector+${id}+${bytes.toString('base64')}`);
  if (!key.ok) throw new Error(key.error.code);
  return key.value.publicKey;
}
const holds = (key: string, message: Buffer, signature: string) => verify(null, message, keyOf(key), Buffer.from(signature, 'hex'));

describe('public Ed25519 vectors', () => {
  it.each(wycheproof)('Wycheproof $id is $result', ({ key, msg, sig, result }) => {
    expect(holds(key, Buffer.from(msg, 'hex'), sig)).toBe(result === 'valid');
  });

  // a choice that RFC 8032 leaves open: cofactorless, and no second way to write a point or a challenge
  const refused = ['non_canonical_R', 'low_order_residue', 'reencoded_k', 'low_order_A'];
  it('CCTV_edge_cases_that_two_verifiers_could_see_differently_are_refused', () => {
    const edge = cctv.filter(({ flags }) => flags.some((flag) => refused.includes(flag)));
    expect(edge.length).toBeGreaterThan(600);
    expect(edge.filter(({ key, msg, sig }) => holds(key, Buffer.from(msg), sig)).map(({ number }) => number)).toEqual([]);
  });
});
