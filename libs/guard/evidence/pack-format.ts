import { hash } from 'node:crypto';
import { z } from 'zod';
import { type ScanId, type TenantId, limits, scanIdSchema, sha256Schema, tenantIdSchema } from '@lib/contract';
import { canonicalJson, present } from '@lib/kernel';
import { tileWriter } from '@lib/engine/tlog';

/** Where an entry lies in the plain pack, and its digest. Units: bytes. */
export type Slot = { readonly offset: number; readonly length: number; readonly sha256: string };

/**
 * How the tree over the entries is made: an RFC 6962 tree whose leaves are the entries themselves (1), or their SHA-256 digests (2), which
 * the index holds already. Both bind every byte; the second hashes each byte once less. Packs of the first are read for as long as they last.
 */
export type PackVersion = 1 | 2;

/** What the index of a pack says. `root` is hexadecimal. */
type PackIndex = { readonly version: PackVersion; readonly root: string; readonly slots: readonly Slot[] };

/** A pack that was read. */
export type PlainPack = PackIndex & { readonly bytes: Uint8Array };

/**
 * A pack to be sealed: its bytes are the parts, one after the other. They are not joined: a pack is megabytes. The index is made when it
 * is asked for, by the last part at the latest: each entry is hashed when it is taken, just before it is encrypted.
 */
export type PackLayout = { readonly bytesMax: number; readonly parts: () => Generator<Uint8Array>; readonly index: () => PackIndex };

/** Whose pack it is. */
export type PackOwner = { readonly tenantId: TenantId; readonly scanId: ScanId };

const headOf = (version: PackVersion): Buffer => Buffer.from(`aegis evidence pack ${version}\n`, 'latin1');
const HEAD_BYTES = headOf(2).length;
const FOOTER_BYTES = 8;
const SLOT_BYTES_MAX = 100; // one line of the index
const FRAME_BYTES_MAX = 400; // first line, names of the index, footer
const INDEX_BYTES_MAX = limits.packBytesMax;
const newline = Buffer.of(0x0a);
const indexSchema = z.strictObject({
  v: z.union([z.literal(1), z.literal(2)]),
  tenant: tenantIdSchema,
  scan: scanIdSchema,
  root: sha256Schema,
  entries: z.array(z.tuple([z.int().min(0), z.int().min(1), sha256Schema])),
});

/** How much of a pack's bound an entry takes. */
export function packedBytes(entry: Uint8Array): number {
  return entry.length + newline.length + SLOT_BYTES_MAX;
}

/** Lays out a pack: a line that names the format, one entry a line, the index on the last line, and where that line begins. */
export function layPack(owner: PackOwner, entries: readonly Uint8Array[], version: PackVersion = 2): PackLayout {
  const digests: string[] = [];
  const digestOf = (entry: Uint8Array, at: number): string => (digests[at] ??= digest(entry));
  let made: PackIndex | undefined;
  const index = (): PackIndex => (made ??= indexOf(entries, entries.map(digestOf), version));
  return {
    bytesMax: entries.reduce((sum, entry) => sum + packedBytes(entry), FRAME_BYTES_MAX),
    index,
    parts: function* () {
      yield headOf(version);
      for (const [at, entry] of entries.entries()) {
        digestOf(entry, at);
        yield entry;
        yield newline;
      }
      yield lastPart(owner, index());
    },
  };
}

function indexOf(entries: readonly Uint8Array[], digests: readonly string[], version: PackVersion): PackIndex {
  let offset = HEAD_BYTES;
  const slots = digests.map((sha256, at): Slot => {
    const entry = present(entries[at], 'an entry for each digest');
    const slot = { offset, length: entry.length, sha256 };
    offset += entry.length + newline.length;
    return slot;
  });
  const tree = tileWriter();
  tree.pushEntries(version === 1 ? entries : slots.map(({ sha256 }) => Buffer.from(sha256, 'hex')));
  return { version, root: Buffer.from(tree.finish().root).toString('hex'), slots };
}

function lastPart(owner: PackOwner, { version, root, slots }: PackIndex): Uint8Array {
  const index = {
    v: version,
    tenant: owner.tenantId,
    scan: owner.scanId,
    root,
    entries: slots.map((slot) => [slot.offset, slot.length, slot.sha256]),
  };
  const end = slots.at(-1);
  const footer = Buffer.alloc(FOOTER_BYTES);
  footer.writeBigUInt64BE(BigInt(end === undefined ? HEAD_BYTES : end.offset + end.length + newline.length));
  return Buffer.concat([Buffer.from(canonicalJson(index), 'utf8'), newline, footer]);
}

/** Reads the index of a pack, or nothing when the bytes are no pack of this owner. Entries are not looked at. */
export function readPackIndex(owner: PackOwner, bytes: Uint8Array): PlainPack | undefined {
  const pack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (pack.length < HEAD_BYTES + FOOTER_BYTES) return undefined;
  const end = pack.length - FOOTER_BYTES;
  const from = pack.readBigUInt64BE(end);
  if (from < BigInt(HEAD_BYTES) || from > BigInt(end) || end - Number(from) > INDEX_BYTES_MAX) return undefined;
  const index = indexSchema.safeParse(parseJson(pack.subarray(Number(from), end)));
  if (!index.success || index.data.tenant !== owner.tenantId || index.data.scan !== owner.scanId) return undefined;
  if (!pack.subarray(0, HEAD_BYTES).equals(headOf(index.data.v))) return undefined;
  const slots = index.data.entries.map(([offset, length, sha256]) => ({ offset, length, sha256 }));
  return { version: index.data.v, bytes, root: index.data.root, slots };
}

/** Whether the whole pack is what `layPack` would make of its entries: every byte, every digest, the root. */
export function isWholePack(owner: PackOwner, pack: PlainPack): boolean {
  const entries = pack.slots.map((slot) => sliceOf(pack, slot));
  const again = layPack(owner, entries, pack.version);
  return again.index().root === pack.root && areParts(again.parts(), pack.bytes);
}

/** The bytes of one entry; shorter than the slot says when the slot reaches past the pack. */
export function sliceOf(pack: PlainPack, slot: Slot): Uint8Array {
  return pack.bytes.subarray(slot.offset, slot.offset + slot.length);
}

/** Divides entries among packs, in order, each within the bound. */
export function dividePacks(entries: readonly Uint8Array[], packBytesMax: number): readonly (readonly Uint8Array[])[] {
  const packs: Uint8Array[][] = [];
  let room = 0;
  for (const entry of entries) {
    const needs = packedBytes(entry);
    if (needs > room) {
      packs.push([]);
      room = packBytesMax;
    }
    present(packs.at(-1), 'a pack was opened').push(entry);
    room -= needs;
  }
  return packs;
}

/** Lower-case hexadecimal SHA-256. */
export function digest(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

function areParts(parts: Iterable<Uint8Array>, whole: Uint8Array): boolean {
  let at = 0;
  for (const part of parts) {
    if (Buffer.compare(part, whole.subarray(at, at + part.length)) !== 0) return false;
    at += part.length;
  }
  return at === whole.length;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
