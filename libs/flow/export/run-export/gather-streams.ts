import type { Stream } from '../bundle/bundle-writer.ts';
import type { ExportPart } from '../export.store.ts';

type AnyStream = Stream | 'head';

/** Bytes of several streams, until there are enough for parts. */
export type Gathered = {
  readonly add: (streams: readonly { readonly stream: AnyStream; readonly bytes: Uint8Array }[]) => void;
  readonly bytes: () => number;
  /** One part a stream that has bytes, numbered after those that are written; begins anew. */
  readonly take: () => readonly { readonly stream: AnyStream; readonly place: number; readonly bytes: Uint8Array }[];
};

/** Starts gathering after the parts that an earlier attempt wrote down. */
export function gatherStreams(written: readonly Pick<ExportPart, 'stream'>[]): Gathered {
  const places = new Map<string, number>();
  for (const { stream } of written) places.set(stream, (places.get(stream) ?? 0) + 1);
  const waiting = new Map<AnyStream, Uint8Array[]>();
  let bytes = 0;
  return {
    add: (streams) => {
      for (const item of streams) {
        if (item.bytes.length > 0) waiting.set(item.stream, [...(waiting.get(item.stream) ?? []), item.bytes]);
        bytes += item.bytes.length;
      }
    },
    bytes: () => bytes,
    take: () => {
      const taken = [...waiting].map(([stream, chunks]) => {
        const place = places.get(stream) ?? 0;
        places.set(stream, place + 1);
        return { stream, place, bytes: Buffer.concat(chunks) };
      });
      waiting.clear();
      bytes = 0;
      return taken;
    },
  };
}
