import { entryBundlePath, leafHash, parseTlogProof, tilePath, verifyTlogProof, decodeEntryBundle, TILE_WIDTH } from '@lib/engine/tlog';
import type { BundleHead } from './check-head.ts';
import type { BundleSource } from './bundle-source.ts';
import type { BundleFault } from './bundle-verdict.ts';

const hashBytes = 32;

/** Checks every `proofs/<index>.tlog-proof`: that it proves the leaf of the bundle at the index of its name, under the bundle's key. */
export async function checkProofs(
  source: BundleSource,
  head: BundleHead,
): Promise<{ readonly faults: readonly BundleFault[]; readonly proofs: number }> {
  const faults: BundleFault[] = [];
  let proofs = 0;
  for (const path of source.files.keys()) {
    const digits = /^proofs\/(0|[1-9]\d{0,15})[.]tlog-proof$/u.exec(path)?.[1];
    if (digits === undefined) continue;
    proofs += 1;
    const detail = await refusal(source, head, { path, index: Number(digits) });
    if (detail !== undefined) faults.push({ code: 'bundle.proof_invalid', index: Number(digits), path, detail });
  }
  return { faults, proofs };
}

async function refusal(
  source: BundleSource,
  head: BundleHead,
  at: { readonly path: string; readonly index: number },
): Promise<string | undefined> {
  const size = Number(head.checkpoint.size);
  if (at.index >= size) return 'tlog.index_out_of_range';
  const text = Buffer.from((await source.read(at.path)) ?? []).toString('utf8');
  const parsed = parseTlogProof(text);
  if (!parsed.ok) return parsed.error.code;
  if (parsed.value.index !== BigInt(at.index)) return 'another index than its name says';
  if (parsed.value.checkpoint !== Buffer.from((await source.read('checkpoint')) ?? []).toString('utf8'))
    return 'another checkpoint than the bundle';
  const leaf = await leafAt(source, at.index, size);
  if (leaf === undefined) return 'the leaf is not in the bundle';
  const verdict = verifyTlogProof(text, leaf, { logs: [head.key], witnesses: [], quorum: { kind: 'none' } });
  return verdict.ok ? undefined : verdict.error.code;
}

// from the entry itself where it is there: a proof is of an entry
async function leafAt(source: BundleSource, index: number, size: number): Promise<Uint8Array | undefined> {
  const bundle = Math.floor(index / TILE_WIDTH);
  const width = Math.min(TILE_WIDTH, size - bundle * TILE_WIDTH);
  const at = index % TILE_WIDTH;
  const bytes = await source.read(entryBundlePath(BigInt(bundle), width));
  const entries = bytes === undefined ? undefined : decodeEntryBundle(bytes);
  if (entries?.ok === true) return entries.value[at] === undefined ? undefined : leafHash(entries.value[at]);
  const tile = await source.read(tilePath(0, BigInt(bundle), width));
  return tile?.length === width * hashBytes ? tile.subarray(at * hashBytes, (at + 1) * hashBytes) : undefined;
}
