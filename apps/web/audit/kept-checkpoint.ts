import { z } from 'zod';
import type { KeptCheckpoint } from './check-log.ts';

const keptSchema = z.object({ checkpoint: z.string(), verifierKey: z.string(), keptAt: z.iso.datetime() });

/** What this browser remembers of a log, and since when. */
export type RememberedCheckpoint = KeptCheckpoint & { readonly keptAt: string };

const nameOf = (tenantId: string): string => `aegis.audit.${tenantId}`;

/** What is remembered; nothing where nothing is, or where what is there was not written by us. */
export function recallCheckpoint(storage: Pick<Storage, 'getItem'>, tenantId: string): RememberedCheckpoint | undefined {
  try {
    const parsed = keptSchema.safeParse(JSON.parse(storage.getItem(nameOf(tenantId)) ?? ''));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers a checkpoint. A browser that keeps nothing only remembers nothing. */
export function rememberCheckpoint(storage: Pick<Storage, 'setItem'>, tenantId: string, kept: RememberedCheckpoint): void {
  try {
    storage.setItem(nameOf(tenantId), JSON.stringify(kept));
  } catch {
    // full, or switched off
  }
}
