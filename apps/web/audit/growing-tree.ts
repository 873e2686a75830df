// The tree of the audit log, written again for the browser with what the browser has: whoever mistrusts our server should not have to
// trust its library either. Source: RFC 9162, section 2.1.

/** 32 bytes. */
export type Hash = Uint8Array<ArrayBuffer>;

/** SHA-256 by the browser. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Hash> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** Hash of an entry: of the bytes themselves, behind a zero. */
export function leafHash(entry: Uint8Array): Promise<Hash> {
  return sha256(joined(0, [entry]));
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A tree that leaves are added to, and that can tell its root at any size. It holds one hash a level. */
export class GrowingTree {
  readonly #edge = new Map<number, Hash>();
  #size = 0;

  size(): number {
    return this.#size;
  }

  /** Adds leaves, level by level: the hashes of a level wait for each other and not one by one. */
  async append(leaves: readonly Hash[]): Promise<void> {
    this.#size += leaves.length;
    let items = leaves;
    for (let level = 0; items.length > 0; level += 1) {
      const waiting = this.#edge.get(level);
      const row = waiting === undefined ? items : [waiting, ...items];
      const left = row.length % 2 === 1 ? row.at(-1) : undefined;
      if (left === undefined) this.#edge.delete(level);
      else this.#edge.set(level, left);
      items = await Promise.all(pairsOf(row).map(([a, b]) => sha256(joined(1, [a, b]))));
    }
  }

  async root(): Promise<Hash> {
    let root: Hash | undefined;
    for (const level of [...this.#edge.keys()].toSorted((a, b) => a - b)) {
      const subtree = this.#edge.get(level);
      if (subtree !== undefined) root = root === undefined ? subtree : await sha256(joined(1, [subtree, root]));
    }
    return root ?? sha256(new Uint8Array(0));
  }
}

function pairsOf(row: readonly Hash[]): readonly (readonly [Hash, Hash])[] {
  return row.flatMap((a, at) => {
    const b = row[at + 1];
    return at % 2 === 0 && b !== undefined ? [[a, b] as const] : [];
  });
}

function joined(prefix: number, parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 1));
  bytes[0] = prefix;
  let at = 1;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
