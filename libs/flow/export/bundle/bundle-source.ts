/** A bundle to be read, wherever it lies. The bytes are not trusted. */
export type BundleSource = {
  /** Size of each file by its path. Units: bytes. */
  readonly files: ReadonlyMap<string, number>;
  /** Bytes of a file, or a part of them; nothing when there is no such file, fewer when it ends before. */
  readonly read: (path: string, part?: { readonly from: number; readonly bytes: number }) => Promise<Uint8Array | undefined>;
  readonly close: () => Promise<void>;
};

/** A bundle in memory. */
export function memorySource(files: ReadonlyMap<string, Uint8Array>): BundleSource {
  return {
    files: new Map([...files].map(([path, bytes]) => [path, bytes.length])),
    read: (path, part) => {
      const bytes = files.get(path);
      return Promise.resolve(part === undefined ? bytes : bytes?.subarray(part.from, part.from + part.bytes));
    },
    close: () => Promise.resolve(),
  };
}
