/** Reads a stream by exact lengths. Every answer is undefined once the stream has ended too early. Units: bytes. */
export type ExactReader = {
  readonly take: (bytes: number) => Promise<Uint8Array | undefined>;
  /** At least one byte and at most so many, without copying. */
  readonly some: (bytesMax: number) => Promise<Uint8Array | undefined>;
  readonly isAtEnd: () => Promise<boolean>;
};

const nothing = new Uint8Array(0);

/** A reader over `source` that never takes more than `bytesMax` of it in all; what would be more counts as its end. */
export function exactReader(source: AsyncIterable<Uint8Array>, bytesMax: number): ExactReader {
  const chunks = source[Symbol.asyncIterator]();
  let held: Uint8Array = nothing;
  let arrived = 0;
  const fill = async (): Promise<boolean> => {
    while (held.byteLength === 0) {
      const next = await chunks.next();
      if (next.done === true) return false;
      arrived += next.value.byteLength;
      if (arrived > bytesMax) {
        await chunks.return?.();
        return false;
      }
      held = next.value;
    }
    return true;
  };
  const some = async (most: number): Promise<Uint8Array | undefined> => {
    if (!(await fill())) return undefined;
    const part = held.subarray(0, most);
    held = held.subarray(part.byteLength);
    return part;
  };
  const take = async (bytes: number): Promise<Uint8Array | undefined> => {
    const parts: Uint8Array[] = [];
    for (let left = bytes; left > 0;) {
      const part = await some(left);
      if (part === undefined) return undefined;
      parts.push(part);
      left -= part.byteLength;
    }
    return Buffer.concat(parts);
  };
  return { take, some, isAtEnd: async () => arrived <= bytesMax && !(await fill()) && arrived <= bytesMax };
}
