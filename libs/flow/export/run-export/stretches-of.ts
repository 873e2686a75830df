import type { TenantId } from '@lib/contract';
import { streams, streamPath } from '../bundle/bundle-writer.ts';
import type { Stretch } from '../bundle/join-bundle.ts';
import type { ExportPart } from '../export.store.ts';
import { openPart } from './seal-part.ts';

type OpenDeps = Parameters<typeof openPart>[0];
type Sized = Pick<Stretch, 'path' | 'bytes'> & { readonly own: readonly ExportPart[] };

/** The archive of an export, in order: the small files first, then each stream. Parts are opened one at a time, when they are sent. */
export function stretchesOf(deps: OpenDeps, tenantId: TenantId, parts: readonly ExportPart[]): readonly Stretch[] {
  return stretchSizes(parts).map(({ path, bytes, own }) => ({ path, bytes, parts: () => openAll(deps, tenantId, own) }));
}

/** The same without a way to open anything. */
export function stretchSizes(parts: readonly ExportPart[]): readonly Sized[] {
  return ['head' as const, ...streams].flatMap((stream) => {
    const own = parts.filter((part) => part.stream === stream).toSorted((a, b) => a.place - b.place);
    if (own.length === 0) return [];
    const path = stream === 'head' ? undefined : streamPath(stream);
    return [{ path, bytes: own.reduce((sum, part) => sum + part.bytes, 0), own }];
  });
}

async function* openAll(deps: OpenDeps, tenantId: TenantId, parts: readonly ExportPart[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield await openPart(deps, tenantId, part);
}
