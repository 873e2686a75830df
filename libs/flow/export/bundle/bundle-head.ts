import { type ReadTile, formatTlogProof, proveInclusionByTiles } from '@lib/engine/tlog';
import { Fault } from '@lib/kernel';
import { packFile, viewsOf } from './bundle-writer.ts';
import type { BundlePlan } from './bundle-plan.ts';
import { isNarrow } from './export-filter.ts';
import { type ExportNote, notePath } from './export-note.ts';
import { readmeText } from './readme-text.ts';

/** What is known of the log when all leaves have been taken. `verifier` is the single-file checker that travels along. */
export type HeadParts = { readonly root: Uint8Array; readonly matched: number; readonly readTile: ReadTile; readonly verifier: string };

/**
 * The small files of a bundle as a stretch of tar: checkpoint, key, policy, note, proofs, how to verify and with what. They come first.
 * Faults: `export.proof_failed` when the tiles do not lead to the signed root.
 */
export async function bundleHead(plan: BundlePlan, parts: HeadParts): Promise<Uint8Array> {
  const text: readonly (readonly [string, string])[] = [
    ['README.txt', readmeText(plan)],
    ['checkpoint', plan.checkpoint],
    ['log.vkey', `${plan.verifierKey}\n`],
    ['tlog-policy', plan.policy],
    [notePath, `${JSON.stringify(noteOf(plan, parts.matched), null, 2)}\n`],
    ['verify_audit.py', parts.verifier],
    ...(await proofFiles(plan, parts)),
  ];
  return Buffer.concat(text.map(([path, content]) => packFile(plan, path, Buffer.from(content, 'utf8'))));
}

function noteOf(plan: BundlePlan, matched: number): ExportNote {
  return {
    v: 1,
    kind: isNarrow(plan.filter) ? 'filtered' : 'whole',
    origin: plan.origin,
    size: plan.size,
    filter: plan.filter,
    matched,
    views: [...viewsOf(plan)],
    pending: plan.pending,
    createdAt: new Date(plan.createdAtMs).toISOString(),
  };
}

async function proofFiles(plan: BundlePlan, { root, readTile }: HeadParts): Promise<readonly (readonly [string, string])[]> {
  const wanted = [...new Set([...plan.proofs, plan.size - 1])].filter((index) => index >= 0 && index < plan.size).toSorted((a, b) => a - b);
  const files: (readonly [string, string])[] = [];
  for (const index of wanted) {
    const proved = await proveInclusionByTiles({ size: BigInt(plan.size), root }, BigInt(index), readTile);
    if (!proved.ok) throw new Fault('export.proof_failed', { internal: `entry ${String(index)}: ${proved.error.code}` });
    files.push([
      `proofs/${String(index)}.tlog-proof`,
      formatTlogProof({ index: BigInt(index), proof: proved.value.proof, checkpoint: plan.checkpoint }),
    ]);
  }
  return files;
}
