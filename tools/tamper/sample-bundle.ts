import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import {
  formatCheckpoint,
  formatTrustPolicy,
  formatVerifierKey,
  leafHash,
  signNote,
  tileWriter,
  verifierKey,
  type NoteSigner,
} from '@lib/engine/tlog';
import { canonicalJson } from '@lib/kernel';
import type { BundlePlan } from '../../libs/flow/export/bundle/bundle-plan.ts';
import { bundleHead } from '../../libs/flow/export/bundle/bundle-head.ts';
import { bundleWriter, streamPath, type Stream, writerStateSchema } from '../../libs/flow/export/bundle/bundle-writer.ts';
import { joinBundle, type Stretch } from '../../libs/flow/export/bundle/join-bundle.ts';
import { readTarHead, tarBlockBytes } from '../../libs/flow/export/bundle/tar.ts';
import { verifierText } from '../../libs/flow/export/standalone/verifier-text.ts';
import { viewGroupLeaves } from '../../libs/flow/export/views/audit-view.ts';
import type { LeafRecord } from '../../libs/flow/export/views/leaf-record.ts';

/** A log that exists for a test: its entries, and who signs for it. */
export type SampleLog = { readonly signer: NoteSigner; readonly entries: readonly Uint8Array[] };
export type SamplePlan = Partial<Pick<BundlePlan, 'filter' | 'views' | 'proofs' | 'pending' | 'size'>>;
export type SampleBundle = {
  readonly files: Map<string, Uint8Array>;
  readonly tar: Uint8Array;
  readonly key: string;
  readonly checkpoint: string;
};

const actions = ['finding.read', 'token.created', 'session.started', 'scan.requested', 'audit.exported'] as const;

/** An event as the product would write it; the same index gives the same bytes. */
export function sampleEntry(index: number, tenant = 'a'): Uint8Array {
  const id = createHash('sha256')
    .update(`${tenant} ${String(index)}`)
    .digest('hex');
  const uuid = `${id.slice(0, 8)}-${id.slice(8, 12)}-7${id.slice(13, 16)}-8${id.slice(17, 20)}-${id.slice(20, 32)}`;
  return Buffer.from(
    canonicalJson({
      v: 1,
      id: uuid,
      tenant: `00000000-0000-7000-8000-00000000000${tenant}`,
      action: actions[index % actions.length] ?? 'finding.read',
      occurredAt: new Date(1_790_000_000_000 + index * 1000).toISOString(),
      actor: { type: 'token', id: `actor ${String(index % 7)}` },
      targets: [{ type: 'finding', id: index % 5 === 0 ? '=HYPERLINK("x")' : uuid }],
      purpose: index % 3 === 0 ? '=1+1' : 'show, "a" finding',
      outcome: index % 11 === 0 ? 'denied' : 'success',
      context: { requestId: `request ${String(index)}` },
      detail: { count: index, text: 'line\nbreak' },
    }),
    'utf8',
  );
}

/** A log of that many entries under a key of its own. */
export function sampleLog(count: number, tenant = 'a', pair = generateKeyPairSync('ed25519')): SampleLog {
  return {
    signer: signerOf(`audit.test/t/${tenant}`, pair),
    entries: Array.from({ length: count }, (_, index) => sampleEntry(index, tenant)),
  };
}

/** Signs notes under a name. */
export function signerOf(name: string, pair: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }): NoteSigner {
  return { key: verifierKey(name, pair.publicKey), sign: (message) => Promise.resolve(sign(null, message, pair.privateKey)) };
}

/** Exports a log as the product does; `pauseEvery` takes the writer up anew from its own state after each group. */
export async function sampleBundle(log: SampleLog, wanted: SamplePlan = {}, pauseEvery = false): Promise<SampleBundle> {
  const entries = log.entries.slice(0, wanted.size ?? log.entries.length);
  const leaves: LeafRecord[] = entries.map((entry, index) => ({ index, entry, hash: leafHash(entry) }));
  const plan = await planOf(log, leaves, wanted);
  const parts = new Map<Stream, Uint8Array[]>();
  const keep = (streams: readonly { readonly stream: Stream; readonly bytes: Uint8Array }[]): void =>
    streams.forEach(({ stream, bytes }) => parts.set(stream, [...(parts.get(stream) ?? []), bytes]));
  let writer = bundleWriter(plan);
  for (let at = 0; at < leaves.length; at += viewGroupLeaves) {
    keep(writer.take(leaves.slice(at, at + viewGroupLeaves)));
    if (!pauseEvery || at + viewGroupLeaves >= leaves.length) continue;
    writer = bundleWriter(plan, writerStateSchema.parse(JSON.parse(JSON.stringify(writer.state()))));
  }
  const end = writer.finish();
  keep(end.streams);
  const tiles = unpackTar(Buffer.concat([...(parts.get('tiles') ?? []), Buffer.alloc(2 * tarBlockBytes)]));
  const head = await bundleHead(plan, {
    root: end.root,
    matched: end.matched,
    readTile: (path) => Promise.resolve(tiles.get(path)),
    verifier: await verifierText(),
  });
  const stretches = [stretch(undefined, [head]), ...[...parts].map(([stream, bytes]) => stretch(streamPath(stream), bytes))];
  const chunks: Uint8Array[] = [];
  for await (const chunk of joinBundle(stretches, plan.createdAtMs)) chunks.push(chunk);
  const tar = Buffer.concat(chunks);
  return { files: unpackTar(tar), tar, key: plan.verifierKey, checkpoint: plan.checkpoint };
}

async function planOf(log: SampleLog, leaves: readonly LeafRecord[], wanted: SamplePlan): Promise<BundlePlan> {
  const tree = tileWriter();
  tree.push(leaves.map(({ hash }) => hash));
  const origin = log.signer.key.name;
  return {
    origin,
    size: leaves.length,
    checkpoint: await signNote(formatCheckpoint({ origin, size: BigInt(leaves.length), root: tree.finish().root }), log.signer),
    verifierKey: formatVerifierKey(log.signer.key),
    policy: formatTrustPolicy(log.signer.key),
    filter: wanted.filter ?? {},
    views: wanted.views ?? ['jsonl', 'csv', 'ocsf', 'parquet'],
    proofs: wanted.proofs ?? [0],
    pending: wanted.pending ?? 0,
    createdAtMs: 1_790_000_000_000,
  };
}

function stretch(path: string | undefined, parts: readonly Uint8Array[]): Stretch {
  return {
    path,
    bytes: parts.reduce((sum, part) => sum + part.length, 0),
    parts: async function* () {
      yield* await Promise.resolve(parts);
    },
  };
}

/** The files of an archive. */
export function unpackTar(tar: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (let at = 0; at < tar.length;) {
    const head = readTarHead(tar.subarray(at, at + tarBlockBytes));
    if (head === 'end') return files;
    if (head === undefined) throw new Error(`no header at byte ${String(at)}`);
    const from = at + tarBlockBytes;
    files.set(head.path, tar.subarray(from, from + head.bytes));
    at = from + Math.ceil(head.bytes / tarBlockBytes) * tarBlockBytes;
  }
  throw new Error('the archive has no end');
}
