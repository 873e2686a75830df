import { describe, expect, it } from 'vitest';
import { fc } from '../../../tools/testing/seeded-fast-check.ts';
import {
  appendLeaves,
  decodeEdge,
  edgeRoot,
  emptyEdge,
  emptyRoot,
  encodeEdge,
  leafHash,
  merkleRoot,
  proveConsistency,
  proveInclusion,
  verifyConsistency,
  verifyInclusion,
} from './index.ts';

const leaves = Array.from({ length: 300 }, (_, index) => leafHash(Buffer.from(`entry ${String(index)}`)));
const some = (count: number) => leaves.slice(0, count);
const proofOf = (proof: ReturnType<typeof proveInclusion>) => {
  if (!proof.ok) throw new Error(proof.error.code);
  return proof.value;
};
const flipped = (hash: Uint8Array, bit: number) => hash.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));

describe('right edge', () => {
  it('an_empty_tree_has_the_root_of_nothing', () => {
    expect(edgeRoot(emptyEdge)).toEqual(emptyRoot);
    expect(merkleRoot([])).toEqual(emptyRoot);
  });

  it('has_the_root_of_the_recursive_definition_at_every_size_however_the_leaves_arrive', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 300 }), (a, b) => {
        const [first, second] = a < b ? [a, b] : [b, a];
        const edge = appendLeaves(appendLeaves(emptyEdge, some(first)), leaves.slice(first, second));
        expect(edge.size).toBe(BigInt(second));
        expect(edgeRoot(edge)).toEqual(merkleRoot(some(second)));
        expect(decodeEdge(edge.size, encodeEdge(edge))).toMatchObject({ ok: true, value: { size: edge.size } });
      }),
    );
  });

  it('a_stored_edge_of_another_length_is_refused', () => {
    const edge = encodeEdge(appendLeaves(emptyEdge, some(7)));
    for (const size of [-1n, 0n, 6n, 8n, 15n]) expect(decodeEdge(size, edge).ok).toBe(false);
    expect(decodeEdge(7n, edge.slice(1)).ok).toBe(false);
  });
});

describe('inclusion', () => {
  it('every_leaf_of_every_small_tree_is_proved_and_at_no_other_index', () => {
    for (let size = 1; size <= 40; size += 1) {
      const root = merkleRoot(some(size));
      for (let index = 0; index < size; index += 1) {
        const proof = proofOf(proveInclusion(index, some(size)));
        const leaf = leaves[index] ?? emptyRoot;
        const claim = { index: BigInt(index), size: BigInt(size), leaf, proof, root };
        expect(verifyInclusion(claim).ok).toBe(true);
        for (let other = 0; other < size; other += 1) {
          if (other !== index) expect(verifyInclusion({ ...claim, index: BigInt(other) }).ok).toBe(false);
        }
        expect(verifyInclusion({ ...claim, proof: [...proof, root] }).ok).toBe(false);
        if (proof.length > 0) expect(verifyInclusion({ ...claim, proof: proof.slice(1) }).ok).toBe(false);
      }
    }
  });

  it('any_flipped_bit_is_refused', () => {
    fc.assert(
      fc.property(
        fc.record({ size: fc.integer({ min: 2, max: 300 }), at: fc.nat(), which: fc.nat(), bit: fc.nat({ max: 255 }) }),
        ({ size, at, which, bit }) => {
          const index = at % size;
          const proof = proofOf(proveInclusion(index, some(size)));
          const claim = { index: BigInt(index), size: BigInt(size), leaf: leaves[index] ?? emptyRoot, proof, root: merkleRoot(some(size)) };
          const target = which % (proof.length + 2);
          const broken =
            target === 0
              ? { ...claim, leaf: flipped(claim.leaf, bit) }
              : target === 1
                ? { ...claim, root: flipped(claim.root, bit) }
                : { ...claim, proof: proof.map((hash, place) => (place === target - 2 ? flipped(hash, bit) : hash)) };
          expect(verifyInclusion(claim).ok).toBe(true);
          expect(verifyInclusion(broken).ok).toBe(false);
        },
      ),
    );
  });

  it('an_index_at_or_past_the_size_is_refused_before_any_hashing', () => {
    const claim = { index: 1n, size: 1n, leaf: emptyRoot, proof: [], root: emptyRoot };
    expect(verifyInclusion(claim)).toEqual({ ok: false, error: { code: 'tlog.index_out_of_range' } });
    expect(verifyInclusion({ ...claim, index: -1n })).toEqual({ ok: false, error: { code: 'tlog.index_out_of_range' } });
    for (const index of [-1, 300, 0.5, Number.NaN]) expect(proveInclusion(index, leaves).ok).toBe(false);
  });
});

describe('consistency', () => {
  it('every_growth_between_small_sizes_is_proved_and_a_changed_old_root_is_refused', () => {
    for (let second = 1; second <= 40; second += 1) {
      for (let first = 1; first <= second; first += 1) {
        const proof = proofOf(proveConsistency(first, some(second)));
        const claim = {
          firstSize: BigInt(first),
          firstRoot: merkleRoot(some(first)),
          secondSize: BigInt(second),
          secondRoot: merkleRoot(some(second)),
          proof,
        };
        expect(verifyConsistency(claim)).toEqual({ ok: true, value: undefined });
        expect(verifyConsistency({ ...claim, firstRoot: flipped(claim.firstRoot, 0) }).ok).toBe(false);
        expect(verifyConsistency({ ...claim, secondRoot: flipped(claim.secondRoot, 0) }).ok).toBe(false);
        expect(verifyConsistency({ ...claim, proof: [...proof, emptyRoot] }).ok).toBe(false);
        if (proof.length > 0) expect(verifyConsistency({ ...claim, proof: proof.slice(0, -1) }).ok).toBe(false);
      }
    }
  });

  it('a_rewritten_history_does_not_follow_from_the_old_root', () => {
    const forked = some(20).map((hash, index) => (index === 3 ? leafHash(Buffer.from('edited')) : hash));
    const verdict = verifyConsistency({
      firstSize: 10n,
      firstRoot: merkleRoot(some(10)),
      secondSize: 20n,
      secondRoot: merkleRoot(forked),
      proof: proofOf(proveConsistency(10, forked)),
    });
    expect(verdict).toEqual({ ok: false, error: { code: 'tlog.first_root_mismatch' } });
  });

  it('a_shrunk_tree_and_an_empty_first_tree_are_refused', () => {
    const claim = { firstSize: 2n, firstRoot: emptyRoot, secondSize: 1n, secondRoot: emptyRoot, proof: [] };
    expect(verifyConsistency(claim)).toEqual({ ok: false, error: { code: 'tlog.tree_shrunk' } });
    expect(verifyConsistency({ ...claim, firstSize: 0n })).toEqual({ ok: false, error: { code: 'tlog.tree_empty' } });
    expect(proveConsistency(0, leaves).ok).toBe(false);
    expect(proveConsistency(301, leaves).ok).toBe(false);
  });
});
