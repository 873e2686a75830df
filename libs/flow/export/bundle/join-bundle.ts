import { tarBlockBytes, tarEnd, tarHead, tarPadding } from './tar.ts';

/** A stretch of the archive: bytes of tar as they are, or a file whose header is still to be written. Units: bytes. */
export type Stretch = { readonly path: string | undefined; readonly bytes: number; readonly parts: () => AsyncIterable<Uint8Array> };

/** How long the archive will be. Units: bytes. */
export function bundleBytes(stretches: readonly Pick<Stretch, 'path' | 'bytes'>[]): number {
  const around = (path: string | undefined, bytes: number): number => (path === undefined ? 0 : tarBlockBytes + tarPadding(bytes).length);
  return stretches.reduce((sum, { path, bytes }) => sum + bytes + around(path, bytes), tarEnd.length);
}

/** The archive, in order, without ever holding more than one part of it. */
export async function* joinBundle(stretches: readonly Stretch[], createdAtMs: number): AsyncGenerator<Uint8Array> {
  for (const { path, bytes, parts } of stretches) {
    if (path !== undefined) yield tarHead({ path, bytes, modifiedAt: Math.floor(createdAtMs / 1000) });
    for await (const part of parts()) yield part;
    if (path !== undefined) yield tarPadding(bytes);
  }
  yield tarEnd;
}
