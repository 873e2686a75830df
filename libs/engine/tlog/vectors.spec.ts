import { describe, expect, it } from 'vitest';
import {
  openNote,
  parseCheckpoint,
  parseVerifierKey,
  verifyConsistency,
  verifyInclusion,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from './index.ts';
import consistency from './vectors/merkle-consistency.json' with { type: 'json' };
import inclusion from './vectors/merkle-inclusion.json' with { type: 'json' };
import subtreeConsistency from './vectors/merkle-subtreeconsistency.json' with { type: 'json' };
import subtreeInclusion from './vectors/merkle-subtreeinclusion.json' with { type: 'json' };
import notes from './vectors/note-examples.json' with { type: 'json' };

const bytes = (text: string) => Buffer.from(text, 'base64');
const hashes = (proof: readonly string[] | null) => (proof ?? []).map(bytes);

describe('public Merkle vectors', () => {
  it.each(inclusion)('inclusion $name', (vector) => {
    const { leafIdx, treeSize, leafHash, proof, root, wantErr } = vector;
    const verdict = verifyInclusion({
      index: BigInt(leafIdx),
      size: BigInt(treeSize),
      leaf: bytes(leafHash),
      proof: hashes(proof),
      root: bytes(root),
    });
    expect(verdict.ok).toBe(!wantErr);
  });

  it.each(consistency)('consistency $name', (vector) => {
    const { size1, size2, root1, root2, proof, wantErr } = vector;
    const verdict = verifyConsistency({
      firstSize: BigInt(size1),
      firstRoot: bytes(root1),
      secondSize: BigInt(size2),
      secondRoot: bytes(root2),
      proof: hashes(proof),
    });
    expect(verdict.ok).toBe(!wantErr);
  });

  it.each(subtreeInclusion)('subtree inclusion $name', (vector) => {
    const { leafIdx, start, end, leafHash, proof, root, wantErr } = vector;
    const verdict = verifySubtreeInclusion({
      index: BigInt(leafIdx),
      start: BigInt(start),
      end: BigInt(end),
      leaf: bytes(leafHash),
      proof: hashes(proof),
      root: bytes(root),
    });
    expect(verdict.ok).toBe(!wantErr);
  });

  it.each(subtreeConsistency)('subtree consistency $name', (vector) => {
    const { start, end, size, root1, root2, proof, wantErr } = vector;
    const verdict = verifySubtreeConsistency({
      start: BigInt(start),
      end: BigInt(end),
      size: BigInt(size),
      proof: hashes(proof),
      subtreeRoot: bytes(root1),
      root: bytes(root2),
    });
    expect(verdict.ok).toBe(!wantErr);
  });

  it('are all there', () => {
    expect([inclusion.length, consistency.length, subtreeInclusion.length, subtreeConsistency.length]).toEqual([98, 98, 204, 118]);
  });
});

describe('signed note examples', () => {
  it('the example of the specification verifies under its key and not when edited', () => {
    const example = notes.find((note) => note.verifiable);
    const key = parseVerifierKey(example?.vkey ?? '');
    if (!key.ok) throw new Error(key.error.code);
    const note = Buffer.from(example?.note ?? '');
    expect(openNote(note, [key.value])).toEqual({ ok: true, value: 'This is an example message.\n' });
    const edited = Buffer.from(note.toString().replace('This', 'That'));
    expect(openNote(edited, [key.value])).toEqual({ ok: false, error: { code: 'tlog.signature_invalid' } });
  });

  it('the checkpoint of the specification parses to its parts', () => {
    const example = notes.find((note) => note.origin !== undefined);
    const text = example?.note.slice(0, example.note.lastIndexOf('\n\n') + 1) ?? '';
    const checkpoint = parseCheckpoint(text);
    if (!checkpoint.ok) throw new Error(checkpoint.error.code);
    expect(checkpoint.value.origin).toBe(example?.origin);
    expect(String(checkpoint.value.size)).toBe(example?.size);
    expect(Buffer.from(checkpoint.value.root).toString('base64')).toBe(example?.root);
  });
});
